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
  [['columns', 'stores'], 'store_id\tSHORT\nname\tSTRING\nregion_id\tSHORT\nopened_on\tDATE\ntime_zone\tSTRING\n'],
  [['columns', 'local.retail."regions"'], 'region_id\tSHORT\nname\tSTRING\n'],
])('%j lists plain lines for other programs', async (words, stdout) => {
  expect(await local.run([...words, '-P', 'local'])).toEqual({ exit: 0, stdout, stderr: '' })
})

test('lists are JSON when that is asked for', async () => {
  const { stdout } = await local.run(['columns', 'regions', '-P', 'local', '--json'])
  expect(JSON.parse(stdout)).toEqual([
    { column: 'region_id', type: 'SHORT' },
    { column: 'name', type: 'STRING' },
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
])('%j is refused in one line', async (words, exit) => {
  const result = await local.run([...words, '-P', 'local'])
  expect(result).toMatchObject({ exit, stdout: '' })
  expect(result.stderr).toMatch(new RegExp(`^e6data ${words[0]}: .+\n$`))
})
