import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { OptionSpec } from '../packages/connector/src/options/option-spec.ts'
import { OPTION_TABLE } from '../packages/connector/src/options/option-table.ts'
import { POOL_OPTION_TABLE } from '../packages/connector/src/options/pool-option-table.ts'
import { VERSION } from '../packages/connector/src/options/user-agent.ts'
import { PAGES_WITH_OPTIONS, withOptionTables } from '../scripts/option-tables.ts'

const CONNECTOR = '../packages/connector'
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

/** Where options are declared, with a doc comment that says the default. */
const DECLARATIONS = [
  'transport/channel-options.ts',
  'session/recovery-options.ts',
  'cluster/resume-options.ts',
  'statement/statement-options.ts',
  'strategy/detection-options.ts',
  'strategy/strategy-state.ts',
  'strategy/manager-options.ts',
  'pool/pool-options.ts',
  'options/connect-options.ts',
]

const TABLE: Readonly<Record<string, OptionSpec | undefined>> = { ...OPTION_TABLE, ...POOL_OPTION_TABLE }

test.each(
  PAGES_WITH_OPTIONS.map((page) => page.pathname.split('/').at(-1)!).map((name, index) => [name, index] as const),
)('the tables of options in %s are those of the code (npx tsx scripts/option-tables.ts)', (_, index) => {
  const text = readFileSync(PAGES_WITH_OPTIONS[index]!, 'utf8')
  expect(withOptionTables(text)).toBe(text)
})

test('the default that a doc comment states is the default', () => {
  const documented = /@default (?<value>[^\n]*?)(?:\n[^\n]*?)?(?:\s*\*\/)\s+(?:readonly )?(?<name>\w+)\??:/g
  let compared = 0
  for (const file of DECLARATIONS) {
    for (const { groups } of read(`${CONNECTOR}/src/${file}`).matchAll(documented)) {
      const spec = TABLE[groups?.name ?? '']
      if (!spec || spec.default === undefined) continue
      const { default: value } = spec
      expect(`${groups?.name}: ${groups?.value}`).toBe(
        `${groups?.name}: ${typeof value === 'string' ? `'${value}'` : value}`,
      )
      compared += 1
    }
  }
  expect(compared).toBeGreaterThan(30)
})

test('the version in the user agent is that of the package', () => {
  expect(VERSION).toBe(JSON.parse(read(`${CONNECTOR}/package.json`)).version)
})
