import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { ParameterError, UsageError } from '../errors.ts'

/** What only programs without types can get wrong is a typed error as well, and nothing is sent. */
describe('a query', () => {
  const local = localTest()

  for (const [what, options, message] of [
    ['a row shape', { rowShape: 'arrray' }, 'rowShape has to be one of: object, array'],
    ['a binding', { binding: 'both' }, 'binding has to be one of: client, server'],
    ['a form of values', { types: { int64: 'integer' } }, 'types.int64 has to be one of: bigint, number, string'],
    ['a group of types', { types: { int46: 'string' } }, /^types.int46 is no option: there are int64, /],
    ['a name that every object has', { types: { toString: 'string' } }, /^types.toString is no option/],
    ['a signal', { signal: 'stop' }, 'signal has to be an AbortSignal'],
    ['a time', { timeoutMs: '5' }, 'timeoutMs has to be a number of milliseconds'],
  ] as const) {
    it(`with ${what} that is none is refused, with what there is`, async () => {
      const connection = await local.connection()
      local.cluster.clearCalls()
      const error = await failureOf(connection.query('SELECT 1', options as object))
      expect(error).toBeInstanceOf(UsageError)
      expect((error as Error).message).toMatch(message)
      expect(error).toMatchObject({ outcome: 'not-sent' })
      expect(local.cluster.calls()).toEqual([])
    })
  }

  it('that is no text is refused', async () => {
    const connection = await local.connection()
    expect(await failureOf(connection.query(undefined as unknown as string))).toBeInstanceOf(UsageError)
  })

  it('whose text would not arrive as it is is refused', async () => {
    const connection = await local.connection()
    for (const text of ["SELECT '\ud800'", "SELECT '\0'"]) {
      expect(await failureOf(connection.query(text))).toBeInstanceOf(ParameterError)
    }
  })

  it('may leave options undefined', async () => {
    const connection = await local.connection()
    const options = { rowShape: undefined, types: { int64: undefined } } as object
    expect((await connection.query('SELECT 1 AS one', options)).rows).toEqual([{ one: 1 }])
  })
})
