import { expect, test } from 'vitest'
import { findingsIn, pendingFolder } from '../scripts/prose/findings.ts'
import { WORDS } from '../scripts/prose/words.ts'

const found = (path: string, source: string) =>
  findingsIn(path, source, () => true).map(({ line, words }) => `${line}: ${words}`)

test.each([
  ['a page', 'page.md', 'A caller\nhas to wait.', ['2: has to']],
  ['a phrase across two lines', 'page.md', 'A caller has\nto wait.', ['1: has to']],
  ['a table', 'page.md', '| option | what |\n|---|---|\n| `a` | a text |', ['3: a text']],
  ['a line comment', 'file.ts', 'const a = 1\n// Whoever waits.', ['2: Whoever']],
  ['a comment before a brace', 'file.ts', 'if (a) {\n  // Nobody waits.\n}', ['2: Nobody']],
  ['a doc comment across two lines', 'file.ts', '/**\n * A caller has\n * to wait.\n */', ['2: has to']],
  ['a message', 'file.ts', "throw new Error('sql has to be a string')", ['1: has to']],
  ['a part of a template', 'file.ts', `log(\`\${a}\n has to be \${b}\n, a text\`)`, ['2: has to', '3: a text']],
  ['a string after a regular expression', 'file.ts', "const a = /'/.test(b) ? 'a text' : ''", ['1: a text']],
])('the prose check finds a word in %s', (_, path, source, expected) => {
  expect(found(path, source)).toEqual(expected)
})

test.each([
  ['a code block', 'page.md', '```ts\nconst colour = 1\n```'],
  ['a code block in a list', 'page.md', '- so:\n\n  ```ts\n  const colour = 1\n  ```'],
  ['a code span', 'page.md', 'The field `colour` is blue.'],
  ['the target of a link', 'page.md', '[strategy](colour.md)'],
  ['a name', 'file.ts', 'const colour = nobody'],
  ['a string of one word', 'file.ts', "const key = 'colour'"],
  ['a regular expression', 'file.ts', 'const a = /has to|a text/'],
  ['a code span in a comment', 'file.ts', '// The field `colour` is blue.'],
  ['a longer word', 'page.md', 'The contract is amended.'],
])('the prose check leaves %s alone', (_, path, source) => {
  expect(found(path, source)).toEqual([])
})

test('a rule that does not hold in a folder yet is pending for its files only', () => {
  const rule = { ...WORDS[0]!, notYetIn: ['packages/cli/src'] }
  expect(pendingFolder(rule, 'packages/cli/src/main.ts')).toBe('packages/cli/src')
  expect(pendingFolder(rule, 'packages/cli/src-more/main.ts')).toBeUndefined()
})

test('every rule says what to write and why', () => {
  for (const { found, write, why } of WORDS) expect([found, write, why].every((part) => part.length > 2)).toBe(true)
})
