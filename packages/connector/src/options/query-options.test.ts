import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { createPool } from '../connect.ts'
import { OptionsError, ParameterError, UsageError } from '../errors.ts'

/** Mistakes that only untyped programs can make are typed errors too, and nothing is sent. */
describe('a query', () => {
  const local = localTest()

  for (const [what, options, message] of [
    ['a row shape that does not exist', { rowShape: 'arrray' }, "rowShape must be one of 'object', 'array';"],
    [
      'an empty row shape',
      { rowShape: '' },
      /rowShape must be one of 'object', 'array'; got an empty string from the option/,
    ],
    ['a binding that does not exist', { binding: 'both' }, "binding must be one of 'client', 'server';"],
    ['a form of values that does not exist', { types: { int64: 'integer' } }, "types.int64 must be one of 'bigint', "],
    [
      'a misspelt group of types',
      { types: { int46: 'string' } },
      'types.int46" is not an option: did you mean `int64`',
    ],
    [
      'a group with the name of a member that every object has',
      { types: { toString: 'string' } },
      'a name of 14 characters is not an option',
    ],
    ['no types', { types: null }, /types must be an object with .*; got null from the option/],
    ['a string as signal', { signal: 'stop' }, 'signal must be an AbortSignal;'],
    ['a string as time limit', { timeoutMs: '5' }, 'timeoutMs must be a non-negative number of milliseconds'],
    [
      'a time limit that is not a number',
      { timeoutMs: Number.NaN },
      'timeoutMs must be a non-negative number of milliseconds',
    ],
    ['a number of bytes that is not one', { maxResultBytes: Number.NaN }, 'maxResultBytes must be a whole number'],
    ['a string as number of bytes', { maxResultBytes: '9' }, 'maxResultBytes must be a whole number'],
    ['a negative number of bytes', { maxBufferedBytes: -1 }, 'maxBufferedBytes must be a whole number'],
    ['a word in place of a flag', { useResultCache: 'false' }, 'useResultCache must be true or false;'],
    ['a flag of another kind', { readOnly: 1 }, 'readOnly must be true or false;'],
    ['a catalog that is a number', { catalog: 5 }, 'catalog must be a '],
    ['a misspelt time limit', { timeoutMS: 1 }, '"timeoutMS" is not an option of a query: did you mean `timeoutMs`?'],
    [
      'a time limit under another name',
      { timeout: 1 },
      '"timeout" is not an option of a query: did you mean `timeoutMs`',
    ],
    ['parameters under another name', { parameters: [5] }, 'not an option of a query: did you mean `params`?'],
    ['an option of connect()', { autoResume: false }, '"autoResume" is not an option of a query: pass it to connect()'],
    ['parameters in place of options', [5], 'pass parameters as `params`, as in query(sql, { params: [5] })'],
    ['a function in place of options', () => undefined, 'options must be an object, not a function'],
  ] as const) {
    it(`with ${what} is refused, and nothing is sent`, async () => {
      const connection = await local.connection()
      local.cluster.clearCalls()
      for (const run of [
        () => connection.query('SELECT 1', options as object),
        async () => connection.stream('SELECT 1', options as object),
      ]) {
        const error = await failureOf(run())
        expect(error).toBeInstanceOf(OptionsError)
        expect(error).toMatchObject({ outcome: 'not-sent' })
        if (message instanceof RegExp) expect((error as Error).message).toMatch(message)
        else expect((error as Error).message).toContain(message)
      }
      expect(local.cluster.calls()).toEqual([])
    })
  }

  it('with named parameters instead of options is refused, with a hint', async () => {
    const connection = await local.connection()
    const error = await failureOf(connection.query('SELECT :id', { id: 5 } as object))
    expect((error as Error).message).toContain('pass parameters as `params`, as in query(sql, { params: { id: … } })')
  })

  it('with several faults lists them all', async () => {
    const connection = await local.connection()
    const error = await failureOf(
      connection.query('SELECT 1', { rowShape: 'rows', arraySize: 0, nonsense: 1 } as object),
    )
    expect((error as OptionsError).faults).toHaveLength(3)
  })

  it('on a pool is refused before the wait for a connection', async () => {
    await using pool = createPool({ url: local.cluster.url, strategyStore: 'process', max: 1 })
    await using _busy = await pool.acquire()
    expect(await failureOf(pool.query('SELECT ?', [5] as object))).toBeInstanceOf(OptionsError)
    expect(() => pool.stream('SELECT 1', { timeout: 5 } as object)).toThrow(OptionsError)
    expect(await failureOf(pool.acquire({ timeoutMs: '5' as never }))).toBeInstanceOf(OptionsError)
  })

  it('without a string as statement is refused', async () => {
    const connection = await local.connection()
    expect(await failureOf(connection.query(undefined as unknown as string))).toBeInstanceOf(UsageError)
  })

  it('with a statement that would not arrive unchanged is refused', async () => {
    const connection = await local.connection()
    for (const text of ["SELECT '\ud800'", "SELECT '\0'"]) {
      expect(await failureOf(connection.query(text))).toBeInstanceOf(ParameterError)
    }
  })

  it('uses the connection’s options for undefined ones', async () => {
    const connection = await local.connection({ types: { int64: 'string' }, prepareTimeoutMs: 5000 })
    const options = { rowShape: undefined, types: { int64: undefined }, prepareTimeoutMs: undefined } as object
    const { rows } = await connection.query('SELECT count(*) AS n FROM range(3) t(i)', options)
    expect(rows).toEqual([{ n: '3' }])
  })

  it('accepts no options, and null as a signal', async () => {
    const connection = await local.connection()
    expect((await connection.query('SELECT 1 AS one', null as never)).rows).toEqual([{ one: 1 }])
    expect((await connection.query('SELECT 1 AS one', { signal: null })).rows).toEqual([{ one: 1 }])
    expect(await connection.getSchemaNames({ signal: null })).toContain('retail')
  })

  it('is ended by a signal of another realm', async () => {
    const realm = createContext({ EventTarget, Event })
    const signal = runInContext(
      `class ForeignSignal extends EventTarget {
         aborted = false
         reason = undefined
         abort(reason) { this.aborted = true; this.reason = reason; this.dispatchEvent(new Event('abort')) }
       }
       new ForeignSignal()`,
      realm,
    ) as AbortSignal & { abort(reason: unknown): void }
    const connection = await local.connection()
    const held = local.cluster.inject({ method: ['executeStatement', 'executeStatementV2'], fault: { kind: 'hold' } })
    const running = failureOf(connection.query('SELECT 1', { signal }))
    await held.whenFired()
    signal.abort('enough')
    expect(await running).toMatchObject({ code: 'E6_ABORTED', cause: 'enough' })
  })

  it('is run again automatically when the program declares it read-only', async () => {
    const connection = await local.connection()
    local.cluster.inject({
      method: 'getResultMetadata',
      occurrence: 1,
      fault: { kind: 'reset', what: 'stream', code: 8 },
    })
    const { rows } = await connection.query('SHOW TABLES', { readOnly: true })
    expect(rows.length).toBeGreaterThan(0)
  })
})

describe('a cursor', () => {
  const local = localTest()

  it('refuses the options of its methods, and execute() those of the cursor', async () => {
    const connection = await local.connection()
    expect(() => connection.cursor({ timeoutMs: 5 } as object)).toThrow('"timeoutMs" is not an option of a cursor')
    await using cursor = connection.cursor({ rowShape: 'array' })
    const error = await failureOf(cursor.execute('SELECT 1', undefined, { rowShape: 'object' } as object))
    expect((error as Error).message).toContain('"rowShape" is not an option of execute()')
    await cursor.execute('SELECT 1')
    expect(await cursor.fetchAll()).toEqual([[1]])
  })
})
