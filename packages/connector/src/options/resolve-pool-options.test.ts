import { expect, test } from 'vitest'
import { OptionsError } from '../errors.ts'
import { DEFAULT_POOL_OPTIONS } from '../pool/pool-options.ts'
import { type CreatePoolOptions, resolvePoolOptions } from './resolve-pool-options.ts'

const IDENTITY = { host: 'localhost', username: 'ada', password: 'x' }

function faultsOf(input: unknown): readonly string[] {
  try {
    resolvePoolOptions(input as CreatePoolOptions, {})
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    return (error as OptionsError).faults
  }
  throw new Error('nothing was thrown')
}

test('the options of a pool and its connections are separated, with a default for every option', () => {
  const { connection, pool } = resolvePoolOptions({ ...IDENTITY, max: 3, min: undefined, catalog: 'lake' }, {})
  expect(pool).toEqual({ ...DEFAULT_POOL_OPTIONS, max: 3 })
  expect(connection).toMatchObject({ host: 'localhost', catalog: 'lake' })
  expect(connection).not.toHaveProperty('max')
})

test('a URL is sufficient', () => {
  expect(resolvePoolOptions('e6data://ada:x@localhost', {}).pool).toEqual(DEFAULT_POOL_OPTIONS)
})

test('faults of the pool and of the connections are reported together', () => {
  expect(faultsOf({ username: 'ada', password: 'x', max: 0, advanced: { limitJitter: 2 }, port: 'x', mim: 1 })).toEqual(
    [
      'max must be a whole number from 1 to 10000; got an invalid number from the option',
      'limitJitter must be a number from 0 to 1; got an invalid number from the option',
      'a name of 3 characters is not an option (it resembles none and may be a secret, so it is not shown)',
      'port must be a whole number from 1 to 65535; got an invalid string from the option',
      'host is missing: set it as an option, in the URL, or as E6DATA_HOST',
    ],
  )
  expect(faultsOf({ ...IDENTITY, min: 11 })).toEqual(['min must not be larger than max'])
})

test.each([null, 42, []])('%o instead of the options is refused', (input) => {
  expect(faultsOf(input)).toContain('options must be an object, or a URL as a string')
})

test('advanced options of the pool and of its connections share one group', () => {
  const { connection, pool } = resolvePoolOptions(
    { ...IDENTITY, advanced: { limitJitter: 0.5, checkTimeoutMs: 70, maxHeldCalls: 5, switchBurst: undefined } },
    {},
  )
  expect(pool).toMatchObject({ limitJitter: 0.5, checkTimeoutMs: 70 })
  expect(connection).toMatchObject({ maxHeldCalls: 5, switchBurst: 3 })
})

test('advanced options are also accepted outside of their group, as in a URL', () => {
  const { connection, pool } = resolvePoolOptions({ ...IDENTITY, limitJitter: 0.5, switchBurst: 2 } as object, {})
  expect(pool.limitJitter).toBe(0.5)
  expect(connection.switchBurst).toBe(2)
})

test('an option in the wrong group, or in two places, is refused', () => {
  const advanced = { max: 5, timeoutMs: 5, nonsense: 1, switchBurst: 3, limitJitter: 0.1 }
  const misplaced = { ...IDENTITY, limitJitter: 0.5, switchBurst: 2, advanced }
  expect(faultsOf(misplaced)).toEqual([
    'max is not an advanced option: move it out of `advanced`',
    'limitJitter is set twice: in `advanced` and outside of it',
    'timeoutMs is not an advanced option: move it out of `advanced`',
    'a name of 8 characters is not an option (it resembles none and may be a secret, so it is not shown)',
    'switchBurst is set twice: in `advanced` and outside of it',
  ])
  expect(faultsOf({ ...IDENTITY, advanced: 5 })).toEqual(['advanced must be an object'])
})
