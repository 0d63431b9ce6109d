import { expect, test } from 'vitest'
import { codeBlocksOf, moduleOf } from '../scripts/blocks/code-blocks.ts'

const GIVEN = ['connection', 'pool']

function moduleIn(markdown: string): string | undefined {
  const [block] = codeBlocksOf('page.md', markdown)
  return block && moduleOf(block, GIVEN, './given.ts')
}

test('a block is checked with each line of code where it is on its page', () => {
  expect(moduleIn('# Page\n\n```ts\nconst a = 1\n```\n')).toBe('export {}\n\n\nconst a = 1\n')
})

test('a fragment may use the given names', () => {
  expect(moduleIn('```ts fragment\nawait pool.ping()\n```\n')).toBe(
    "import { connection, pool } from './given.ts'\nawait pool.ping()\n",
  )
})

test.each(['const pool = createPool()', 'await using pool = createPool()', "import { pool } from './pool.ts'"])(
  'a fragment may declare a given name itself: %s',
  (code) => {
    expect(moduleIn(`\`\`\`ts fragment\n${code}\n\`\`\`\n`)).toBe(`import { connection } from './given.ts'\n${code}\n`)
  },
)

test('blocks of JavaScript are checked, and blocks of other languages are not', () => {
  const page = '```js\nlet a\n```\n\n```sh\nnpm test\n```\n\n```ts\nlet b\n```\n'
  expect(codeBlocksOf('page.md', page).map(({ language, line, code }) => [language, line, code])).toEqual([
    ['js', 2, 'let a\n'],
    ['ts', 10, 'let b\n'],
  ])
})
