import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalProfile, localProfile } from '../testing/local-profile.ts'

let local: LocalProfile

beforeAll(async () => {
  local = await localProfile()
})
afterAll(() => local[Symbol.asyncDispose]())

test.each([
  [['tables'], 'customers\norders\nproducts\nregions\nreturns\nstores\n'],
  [['tables', 'local.retail'], 'customers\norders\nproducts\nregions\nreturns\nstores\n'],
  [['schemas'], 'retail\n'],
  [['schemas', 'local'], 'retail\n'],
  [['catalogs'], 'local\tdefault\n'],
  [['columns', 'stores'], 'store_id\tshort\nname\tvarchar\nregion_id\tshort\nopened_on\tdate\ntime_zone\tvarchar\n'],
  [['columns', 'local.retail."regions"'], 'region_id\tshort\nname\tvarchar\n'],
])('%j prints plain lines for other programs', async (words, stdout) => {
  expect(await local.run([...words, '-P', 'local'])).toEqual({ exit: 0, stdout, stderr: '' })
})

test('types are shown with their precision and scale', async () => {
  const { stdout } = await local.run(['columns', 'orders', '-P', 'local', '--json'])
  const types = new Map(
    (JSON.parse(stdout) as { column: string; type: string }[]).map(({ column, type }) => [column, type]),
  )
  expect([types.get('amount'), types.get('tags')]).toEqual(['decimal(18,2)', 'array<varchar>'])
})

test('lists are JSON with --json', async () => {
  const { stdout } = await local.run(['columns', 'regions', '-P', 'local', '--json'])
  expect(JSON.parse(stdout)).toEqual([
    { column: 'region_id', type: 'short' },
    { column: 'name', type: 'varchar' },
  ])
  expect(JSON.parse((await local.run(['catalogs', '-P', 'local', '--json'])).stdout)).toEqual([
    { catalog: 'local', default: true },
  ])
})

test.each([
  [['columns'], 2],
  [['columns', 'nowhere'], 1],
  [['columns', 'a.b.c.d'], 2],
  [['columns', 'a..b'], 2],
  [['columns', 'stores; DROP TABLE stores'], 2],
  [['tables', 'a.b.c'], 2],
  [['tables', 'a', 'b'], 2],
])('%j fails with one line', async (words, exit) => {
  const result = await local.run([...words, '-P', 'local'])
  expect(result).toMatchObject({ exit, stdout: '' })
  expect(result.stderr).toMatch(new RegExp(`^e6data ${words[0]}: .+\n$`))
})
