import { expect, test } from 'vitest'
import { highlighted } from './sql-highlight.ts'

const marks = {
  key: (text: string) => `<k ${text}>`,
  good: (text: string) => `<s ${text}>`,
  warn: (text: string) => `<n ${text}>`,
  dim: (text: string) => `<c ${text}>`,
}

test.each([
  [
    '',
    "SELECT count(*) FROM t WHERE a = 'x;' -- y",
    "<k SELECT> <k count>(*) <k FROM> t <k WHERE> a = <s 'x;'> <c -- y>",
  ],
  ['', 'select "from", 12', '<k select> "from", <n 12>'],
  ["SELECT 'a\n", "b', 1", "<s b'>, <n 1>"],
  ['/* one\n', 'two */ SELECT', '<c two */> <k SELECT>'],
])('%j then %j', (before, line, painted) => {
  expect(highlighted(before, line, marks)).toBe(painted)
})
