import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { afterEach, describe, expect, it } from 'vitest'
import { failureOf, localTest, ORDERS } from '../../test/local.ts'
import { CALL_CHANNEL, type CallTraceContext, QUERY_CHANNEL, type QueryTraceContext } from './channels.ts'

type Moment<Context> = readonly [moment: string, context: Context]

const stops: (() => void)[] = []

afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** Subscribes to a channel and records its messages: a copy of the context, or with `live` the context itself. */
function listening<Context extends object>(name: string): { moments: Moment<Context>[]; live: Context[] } {
  const moments: Moment<Context>[] = []
  const live: Context[] = []
  const note = (moment: string) => (context: object) => {
    moments.push([moment, { ...context } as Context])
    if (moment === 'start') live.push(context as Context)
  }
  const subscribers = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  }
  const channel = tracingChannel<unknown, Context>(name)
  channel.subscribe(subscribers)
  stops.push(() => channel.unsubscribe(subscribers))
  return { moments, live }
}

describe('the channel of queries', () => {
  const local = localTest()

  it('a query is traced from before its first call until its rows have been read', async () => {
    const connection = await local.connection()
    const { moments, live } = listening<QueryTraceContext>(QUERY_CHANNEL)
    const calls = listening<CallTraceContext>(CALL_CHANNEL)
    const { start, asyncEnd } = tracingChannel(QUERY_CHANNEL)
    const callsBy: number[] = []
    const count = () => callsBy.push(calls.moments.filter(([moment]) => moment === 'asyncEnd').length)
    for (const channel of [start, asyncEnd]) {
      channel.subscribe(count)
      stops.push(() => channel.unsubscribe(count))
    }
    const { queryId } = await connection.query('SELECT order_id FROM orders', { queryTags: { team: 'sales' } })
    expect(moments.map(([moment]) => moment)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(calls.live.at(-1)?.method).toBe('clearOrCancelQuery') // which is answered in the background
    expect(callsBy).toEqual([0, calls.live.length - 1])
    expect(live).toEqual([
      {
        operation: 'SELECT',
        catalog: 'local',
        database: 'retail',
        server: { address: local.cluster.host, port: local.cluster.port },
        text: undefined,
        queryId,
        strategy: 'blue',
        restarts: 0,
        rows: ORDERS,
        bytes: expect.any(Number),
        timeToFirstRowMs: expect.any(Number),
        outcome: 'finished',
        durationMs: expect.any(Number),
      },
    ])
  })

  it('reports a failure, with the error that the program gets', async () => {
    const connection = await local.connection()
    const { moments } = listening<QueryTraceContext>(QUERY_CHANNEL)
    const error = await failureOf(connection.query('SELECT * FROM nowhere'))
    expect(moments.map(([moment]) => moment)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    expect(moments.at(-1)?.[1]).toMatchObject({ outcome: 'failed', rows: 0 })
    expect(moments.at(-1)?.[1].error).toBe(error)
  })

  it('reports a stream that was left before its end', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const { live } = listening<QueryTraceContext>(QUERY_CHANNEL)
    for await (const _ of connection.stream('SELECT * FROM orders')) break
    expect(live).toMatchObject([{ outcome: 'left', operation: 'SELECT' }])
    expect(live[0]?.rows).toBeLessThan(ORDERS)
  })

  it('carries the statement, with its placeholders, only when asked to', async () => {
    const connection = await local.connection({ telemetry: { captureText: true } })
    const { live } = listening<QueryTraceContext>(QUERY_CHANNEL)
    await connection.query('SELECT order_id FROM orders WHERE region = :region', { params: { region: 'secret' } })
    expect(live.map(({ text }) => text)).toEqual(['SELECT order_id FROM orders WHERE region = :region'])
    expect(JSON.stringify(live)).not.toContain('secret')
  })

  it('binds the stores of subscribers: the work of a query runs in them', async () => {
    const connection = await local.connection()
    const store = new AsyncLocalStorage<string>()
    const channel = tracingChannel<string, QueryTraceContext>(QUERY_CHANNEL)
    channel.start.bindStore(store, ({ operation }) => `in ${operation}`)
    stops.push(() => channel.start.unbindStore(store))
    const seen: (string | undefined)[] = []
    const { moments } = listening<CallTraceContext>(CALL_CHANNEL)
    const calls = tracingChannel<unknown, CallTraceContext>(CALL_CHANNEL)
    const note = () => seen.push(store.getStore())
    calls.start.subscribe(note)
    stops.push(() => calls.start.unsubscribe(note))
    await connection.query('SELECT order_id FROM orders')
    expect(moments.length).toBeGreaterThan(0)
    expect(new Set(seen)).toEqual(new Set(['in SELECT']))
    expect(store.getStore()).toBeUndefined()
  })
})

describe('the channel of calls', () => {
  const local = localTest()

  it('reports each call of a query, its destination and its duration', async () => {
    const connection = await local.connection()
    const { live } = listening<CallTraceContext>(CALL_CHANNEL)
    const { queryId } = await connection.query('SELECT 1')
    await connection.close()
    const server = { address: local.cluster.host, port: local.cluster.port }
    const of = { service: 'QueryEngineService', server, strategy: 'blue', durationMs: expect.any(Number) }
    expect(live).toEqual([
      { ...of, method: 'prepareStatementV2', queryId: undefined },
      { ...of, method: 'executeStatementV2', queryId },
      { ...of, method: 'getResultMetadata', queryId },
      { ...of, method: 'getNextResultBatch', queryId },
      { ...of, method: 'getNextResultBatch', queryId },
      { ...of, method: 'clearOrCancelQuery', queryId },
    ])
  })

  it('reports each failed try as a typed error, without a session id, a token or a statement', async () => {
    const connection = await local.connection()
    await local.cluster.expireSessions()
    const { moments, live } = listening<CallTraceContext>(CALL_CHANNEL)
    await connection.query("SELECT 'a string' AS one")
    const failed = moments.filter(([moment]) => moment === 'error').map(([, context]) => context)
    expect(failed).toMatchObject([{ method: 'prepareStatementV2', error: { code: 'E6_SESSION' } }])
    const login = live.find(({ method }) => method === 'authenticate')
    expect(login).toMatchObject({ strategy: 'blue' })
    const text = JSON.stringify(live)
    for (const secret of [local.cluster.password, await connection.getSessionId(), 'a string'])
      expect(text).not.toContain(secret)
  })

  it('is silent without subscribers, and a late subscriber sees the next call', async () => {
    const connection = await local.connection()
    await connection.query('SELECT 1')
    const { live } = listening<CallTraceContext>(CALL_CHANNEL)
    await connection.getTables()
    expect(live.map(({ method }) => method)).toEqual(['getTablesV2'])
  })
})
