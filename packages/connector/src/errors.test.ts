import assert from 'node:assert'
import { inspect, types } from 'node:util'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../test/local.ts'
import {
  ClosedError,
  E6dataError,
  OptionsError,
  QueryFailedError,
  QueryInterruptedError,
  ResultIncompleteError,
  TimeoutError,
  TransportError,
} from './errors.ts'

const INTERRUPTED = new QueryInterruptedError('q-1', 'blue', 7, { outcome: 'unknown', cause: new Error('HTTP 456') })
const FACTS = {
  name: 'QueryInterruptedError',
  message: 'query q-1 was cut off on blue after 7 rows',
  code: 'E6_QUERY_INTERRUPTED',
  outcome: 'unknown',
  retryable: false,
  queryId: 'q-1',
  strategy: 'blue',
  rowsDelivered: 7,
}

describe('an error', () => {
  it('keeps its message and every fact in JSON, with the message of its cause', () => {
    expect(JSON.parse(JSON.stringify(INTERRUPTED))).toEqual({ ...FACTS, cause: 'Error: HTTP 456' })
    expect(JSON.parse(JSON.stringify(new OptionsError(['host is missing'])))).toMatchObject({
      code: 'E6_OPTIONS',
      faults: ['host is missing'],
      outcome: 'not-sent',
    })
  })

  it('is written as JSON with the fields of its class', () => {
    const written = JSON.parse(JSON.stringify({ error: new ResultIncompleteError(1000, 5) }))
    expect(written).toMatchObject({ error: { rowsPromised: 1000, rowsReceived: 5 } })
  })

  it('keeps its message and every fact when it is cloned or posted to another thread', () => {
    expect(structuredClone(INTERRUPTED)).toMatchObject(FACTS)
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(new ResultIncompleteError(1000, 5, { queryId: 'q-2' }))
    expect(receiveMessageOnPort(port2)?.message).toMatchObject({ rowsPromised: 1000, queryId: 'q-2' })
    port1.close()
  })

  it('is shown with its message, the stack of its caller, its facts and its cause', () => {
    const error = new TransportError('the connection broke', { queryId: 'q-3', cause: new TypeError('a reset') })
    const shown = inspect(error)
    expect(shown).toMatch(/^TransportError.*: the connection broke\n +at .*errors\.test\.ts/)
    expect(shown).toContain("queryId: 'q-3'")
    expect(shown).toMatch(/\[cause\]: TypeError: a reset\n +at .*errors\.test\.ts/)
    expect(shown).not.toContain('undefined')
    expect(inspect(new Error('outer', { cause: error }))).toMatch(
      /\[cause\]: TransportError.*: the connection broke\n +at /,
    )
  })

  it('is judged by assert.rejects as a native error is', async () => {
    const failing = () => Promise.reject(new TransportError('the connection broke', { queryId: 'q-3' }))
    await assert.rejects(failing(), TransportError)
    await assert.rejects(failing(), /connection broke/)
    await assert.rejects(failing(), { name: 'TransportError', message: 'the connection broke', queryId: 'q-3' })
    await assert.rejects(assert.rejects(failing(), { message: 'another' }), /the connection broke/)
  })

  it('can be cloned with any cause', () => {
    const cause = () => undefined // a function cannot be cloned
    expect(structuredClone(new ClosedError('closed', { cause }))).toMatchObject({ code: 'E6_CLOSED' })
  })

  it('is an Error to programs and tools', () => {
    expect(INTERRUPTED).toBeInstanceOf(Error)
    expect(INTERRUPTED).toBeInstanceOf(E6dataError)
    expect(Object.prototype.toString.call(INTERRUPTED)).toBe('[object Error]')
    expect(String(INTERRUPTED)).toBe(`QueryInterruptedError: ${FACTS.message}`)
    expect(INTERRUPTED.stack).toContain('errors.test.ts')
    expect(Object.keys(INTERRUPTED)).not.toContain('cause')
    expect((INTERRUPTED.cause as Error).message).toBe('HTTP 456')
    expect(types.isNativeError(INTERRUPTED)).toBe(false) // A native error loses its facts when it is cloned.
  })
})

describe('a time limit that passes', () => {
  const local = localTest()

  it('is retryable unless the engine may have carried the statement out', async () => {
    const connection = await local.connection()
    await connection.query('CREATE TABLE limits(id INT)')
    for (const [sql, retryable, outcome] of [
      ['SELECT 1', true, 'failed'],
      ['INSERT INTO limits VALUES (1)', false, 'unknown'],
    ] as const) {
      const held = local.cluster.inject({ method: ['executeStatement', 'executeStatementV2'], fault: { kind: 'hold' } })
      const error = await failureOf(connection.query(sql, { timeoutMs: 300 }))
      held.remove()
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error).toMatchObject({ retryable, outcome })
    }
  })
})

describe('a statement that needs a feature the engine lacks', () => {
  const local = localTest()

  it.each([
    ['BEGIN', /^BEGIN: the engine has no transactions/],
    ['start transaction', /^START: the engine has no transactions/],
    ['COMMIT', /^COMMIT: the engine has no transactions/],
    ['ROLLBACK;', /^ROLLBACK: the engine has no transactions/],
    ["SET TimeZone = 'UTC'", /^SET: the engine has no settings that a statement can change/],
    ['RESET threads', /^RESET: the engine has no settings/],
    ['USE memory', /^USE: the engine has no settings/],
  ])('%s fails, with a message that says so', async (sql, message) => {
    const connection = await local.connection()
    const error = await failureOf(connection.query(sql))
    expect(error).toBeInstanceOf(QueryFailedError)
    expect(error).toMatchObject({ message: expect.stringMatching(message), outcome: 'failed', retryable: false })
    expect((error as Error).message).toContain((error as QueryFailedError).engineMessage)
  })

  it('of a server that only reports an unsupported call fails with the same message', async () => {
    const connection = await local.connection()
    const fault = { kind: 'grpc-status', status: 'unimplemented', message: 'no' } as const
    local.cluster.inject({ method: ['prepareStatement', 'prepareStatementV2'], fault })
    expect(await failureOf(connection.query('BEGIN'))).toMatchObject({
      message: 'BEGIN: the engine has no transactions: each statement takes effect on its own (no)',
    })
  })
})

describe('a cursor without a query', () => {
  const local = localTest()

  it('can be cleared and cancelled, which sends no request', async () => {
    const connection = await local.connection()
    await using cursor = connection.cursor()
    await cursor.clear()
    await cursor.cancel()
    await failureOf(cursor.execute('SELECT nope FROM orders'))
    local.cluster.clearCalls()
    await cursor.clear()
    await cursor.clear()
    expect(local.cluster.calls()).toEqual([])
  })
})
