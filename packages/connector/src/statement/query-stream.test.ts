import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type RecordBatch, tableFromIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { BATCH_ROWS, eventually, failureOf, localTest, ORDERS } from '../../test/local.ts'
import { composeConnection, systemEnvironment } from '../connect.ts'
import { AbortError, DecodeError, TimeoutError, UsageError, ValueRangeError } from '../errors.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { SharedDirectory } from '../session/shared-cluster.ts'
import { type Clock, systemClock } from '../time/clock.ts'

const ALL = 'SELECT order_id, region, amount FROM orders ORDER BY order_id'

describe('a stream', () => {
  const local = localTest()
  const ended = () => local.calls('clearOrCancelQuery').concat(local.calls('cancelQuery'))

  it('delivers every row once, in order', async () => {
    const connection = await local.connection()
    const seen: number[] = []
    for await (const row of connection.stream<{ order_id: bigint }>(ALL)) seen.push(Number(row.order_id))
    expect(seen).toEqual(Array.from({ length: ORDERS }, (_, id) => id))
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['clearOrCancelQuery']))
  })

  it('delivers columns, batch by batch', async () => {
    const connection = await local.connection()
    let rows = 0
    for await (const batch of connection.stream(ALL).batches()) {
      expect(batch.column('order_id')).toBeInstanceOf(BigInt64Array)
      rows += batch.rowCount
    }
    expect(rows).toBe(ORDERS)
  })

  it('delivers rows as arrays, and rows that JSON can represent', async () => {
    const connection = await local.connection()
    const sql = "SELECT 1::BIGINT AS big, DATE '2026-02-12' AS day"
    for await (const row of connection.stream(sql, { rowShape: 'array' })) expect(row).toEqual([1n, '2026-02-12'])
    for await (const row of connection.stream(sql).json()) {
      expect(JSON.parse(JSON.stringify(row))).toEqual({ big: '1', day: '2026-02-12' })
    }
  })

  it('answers in order when many rows are requested at once', async () => {
    const connection = await local.connection()
    const rows = connection.stream<{ order_id: bigint }>(ALL)[Symbol.asyncIterator]()
    const answers = await Promise.all(Array.from({ length: ORDERS + 2 }, () => rows.next()))
    const ids = answers.flatMap(({ done, value }) => (done ? [] : [Number((value as { order_id: bigint }).order_id)]))
    expect(ids).toEqual(Array.from({ length: ORDERS }, (_, id) => id))
    expect(answers.slice(ORDERS).map(({ done }) => done)).toEqual([true, true])
  })

  it('cancels the query when its rows are disposed of, or an error is thrown into them', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    {
      await using rows = connection.stream(ALL)[Symbol.asyncIterator]()
      await rows.next()
    }
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery']))
    const rows = connection.stream(ALL).json()
    await rows.next()
    expect(await failureOf(rows.throw(new Error('mine')))).toEqual(new Error('mine'))
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery', 'cancelQuery']))
    expect(await rows.next()).toEqual({ done: true, value: undefined })
  })

  it('cancels the query at an unrepresentable value, after the rows before its batch', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const sql = `SELECT CASE WHEN order_id = ${ORDERS / 2} THEN 9007199254740993 ELSE order_id END AS id FROM orders ORDER BY order_id`
    let rows = 0
    const reading = (async () => {
      for await (const _ of connection.stream(sql, { types: { int64: 'number' } })) rows += 1
    })()
    expect(await failureOf(reading)).toBeInstanceOf(ValueRangeError)
    expect(rows).toBe(ORDERS / 2)
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery']))
    const readable = connection.stream(sql, { types: { int64: 'number' } }).toReadable()
    expect(await failureOf(readable.resume().toArray())).toBeInstanceOf(ValueRangeError)
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery', 'cancelQuery']))
  })

  it('cancels the query at an abort between two rows, and still delivers those of the current batch', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const abort = new AbortController()
    let rows = 0
    const reading = (async () => {
      for await (const _ of connection.stream(ALL, { signal: abort.signal })) if (++rows === 10) abort.abort()
    })()
    expect(await failureOf(reading)).toBeInstanceOf(AbortError)
    expect(rows).toBe(BATCH_ROWS)
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery']))
  })

  it('cancels the query when its loop is left early', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    for await (const _ of connection.stream(ALL)) break
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery']))
    expect(local.calls('getNextResultBatch').length).toBeLessThan(ORDERS / BATCH_ROWS)
    expect(connection.strategy.getSharedStrategy().queryStrategyMap).toEqual({})
  })

  it('cancels the query when the loop throws', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const reading = (async () => {
      for await (const _ of connection.stream(ALL)) throw new Error('mine')
    })()
    await expect(reading).rejects.toThrow('mine')
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery']))
  })

  it('cancels the query at an abort, while a batch is on its way', async () => {
    const connection = await local.connection()
    const abort = new AbortController()
    const held = local.cluster.inject({ method: 'getNextResultBatch', occurrence: 2, fault: { kind: 'hold' } })
    const reading = (async () => {
      for await (const _ of connection.stream(ALL, { signal: abort.signal }));
    })()
    await held.whenFired()
    abort.abort(new Error('enough'))
    expect(await failureOf(reading)).toBeInstanceOf(AbortError)
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery']))
    expect(connection.checkConnection()).toBe(true)
  })

  it('cancels the query at an abort, even without a reader', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const abort = new AbortController()
    const rows = connection.stream(ALL, { signal: abort.signal })[Symbol.asyncIterator]()
    await rows.next()
    abort.abort()
    await local.cluster.whenCalls((calls) => calls.some(({ method }) => method === 'cancelQuery'))
    await rows.return()
  })

  it('ends at an abort, however many batches have arrived by then', async () => {
    const connection = await local.connection()
    const abort = new AbortController()
    const batches = connection.stream(ALL, { signal: abort.signal }).batches()
    await batches.next()
    const cancelled = new Promise<void>((resolve) => connection.once('query:finished', () => resolve()))
    while (local.calls('getNextResultBatch').length < ORDERS / BATCH_ROWS + 1) await new Promise(setImmediate)
    abort.abort()
    await cancelled
    expect(await failureOf(batches.next())).toBeInstanceOf(AbortError)
  })

  it('is read batch by batch without buffering', async () => {
    const connection = await local.connection()
    let rows = 0
    for await (const _ of connection.stream(ALL, { maxBufferedBytes: 0 })) rows += 1
    expect(rows).toBe(ORDERS)
  })

  it('cancels the query when its time is up', async () => {
    const connection = await local.connection()
    local.cluster.inject({ method: 'getNextResultBatch', occurrence: 2, fault: { kind: 'hold' } })
    const reading = (async () => {
      for await (const _ of connection.stream(ALL, { timeoutMs: 150 }));
    })()
    expect(await failureOf(reading)).toBeInstanceOf(TimeoutError)
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery']))
  })

  it('reports a timeout even if the timer fires before the clock reaches it', async () => {
    const early: Clock = {
      ...systemClock,
      schedule: (delayMs, run, kind) => systemClock.schedule(kind === 'background' ? delayMs - 50 : delayMs, run, kind),
    }
    const options = resolveOptions({ url: local.cluster.url, strategyStore: 'process' })
    const connection = composeConnection(options, {
      ...systemEnvironment(),
      managers: new SharedDirectory(),
      clusters: new SharedDirectory(),
      clock: early,
    })
    local.cluster.inject({ method: 'getNextResultBatch', occurrence: 2, fault: { kind: 'hold' } })
    const reading = (async () => {
      for await (const _ of connection.stream(ALL, { timeoutMs: 150 }));
    })()
    expect(await failureOf(reading)).toBeInstanceOf(TimeoutError)
    await connection.close()
  })

  it('makes the server wait for a slow reader', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const batches = connection.stream(ALL).batches()
    await batches.next()
    await connection.query('SELECT 1') // time for a fetch ahead to show
    const fetched = local
      .calls('getNextResultBatch')
      .filter(({ queryId }) => queryId === local.calls('prepareStatement')[0]?.queryId)
    expect(fetched.length).toBeLessThanOrEqual(2)
    await batches.return()
  })

  it('becomes a Node stream, whose destruction cancels the query', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const rows: unknown[] = []
    const sink = new Writable({
      objectMode: true,
      write(row, _, done) {
        rows.push(row)
        done()
      },
    })
    await pipeline(connection.stream(ALL).toReadable(), sink)
    expect(rows).toHaveLength(ORDERS)

    local.cluster.clearCalls()
    const readable = connection.stream(ALL).toReadable()
    await new Promise((resolve) => readable.once('data', resolve))
    readable.destroy()
    await local.cluster.whenCalls((calls) => calls.some(({ method }) => method === 'cancelQuery'))
  })

  it('is a Node stream that waits for its reader, and loses no row during a pause', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const readable = connection.stream<{ order_id: bigint }>(ALL).toReadable()
    const rows = readable.iterator() as AsyncIterableIterator<{ order_id: bigint }>
    const ids = [Number((await rows.next()).value.order_id)]
    const { queryId } = local.calls('prepareStatement')[0]!
    await connection.query('SELECT 1') // time for a fetch ahead to show
    const fetched = local.calls('getNextResultBatch').filter((call) => call.queryId === queryId)
    expect(fetched.length).toBeLessThanOrEqual(2)
    expect(readable.readableLength).toBeLessThanOrEqual(readable.readableHighWaterMark)
    for await (const { order_id } of rows) ids.push(Number(order_id))
    expect(ids).toEqual(Array.from({ length: ORDERS }, (_, id) => id))

    const paused = connection.stream<{ order_id: bigint }>(ALL).toReadable()
    const seen: number[] = []
    const room = paused.readableHighWaterMark
    paused.on('data', async ({ order_id }) => {
      seen.push(Number(order_id))
      if (seen.length % BATCH_ROWS !== 0) return
      paused.pause()
      while (seen.length < ORDERS && paused.readableLength < room) await new Promise(setImmediate)
      expect(paused.readableLength).toBeLessThanOrEqual(room)
      paused.resume()
    })
    await new Promise((resolve) => paused.once('end', resolve))
    expect(seen).toEqual(ids)
  })

  it('is a Node stream that reads ahead but hands nothing over before a row is requested', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    const readable = connection.stream<{ order_id: bigint }>(ALL).toReadable()
    readable.read(0)
    await eventually(() => expect(local.calls('getNextResultBatch')).not.toEqual([]))
    expect([readable.readableLength, readable.readableDidRead]).toEqual([0, false])
    const ids: number[] = []
    readable.on('readable', () => {
      for (let row = readable.read(); row !== null; row = readable.read()) ids.push(Number(row.order_id))
    })
    await new Promise((resolve) => readable.once('end', resolve))
    expect(ids).toEqual(Array.from({ length: ORDERS }, (_, id) => id))
  })

  it('is a Node stream whose query is cancelled when it is destroyed before a row is requested', async () => {
    const connection = await local.connection()
    local.cluster.clearCalls()
    const readable = connection.stream(ALL).toReadable()
    readable.read(0)
    await eventually(() => expect(local.calls('getNextResultBatch')).not.toEqual([]))
    readable.destroy()
    await eventually(() => expect(ended()).toHaveLength(1))
  })

  it('is destroyed as a Node stream with the error of its query, or of the program', async () => {
    const connection = await local.connection({ maxBufferedBytes: 1 })
    local.cluster.inject({ method: 'getNextResultBatch', occurrence: 2, fault: { kind: 'truncate', bytes: 20 } })
    expect(await failureOf(connection.stream(ALL).toReadable().toArray())).toBeInstanceOf(DecodeError)
    local.cluster.clearCalls()
    const readable = connection.stream(ALL).toReadable()
    await new Promise((resolve) => readable.once('data', resolve))
    const failed = new Promise((resolve) => readable.once('error', resolve))
    readable.destroy(new Error('mine'))
    expect(await failed).toEqual(new Error('mine'))
    await eventually(() => expect(ended().map(({ method }) => method)).toEqual(['cancelQuery']))
  })

  it('becomes an Arrow stream, which needs no Arrow library, and record batches of one', async () => {
    const connection = await local.connection()
    const parts: Uint8Array[] = []
    for await (const bytes of connection.stream(ALL).arrowIpc()) parts.push(bytes)
    const table = tableFromIPC(Buffer.concat(parts))
    expect(table.numRows).toBe(ORDERS)
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['order_id', 'region', 'amount'])
    expect(table.getChild('order_id')?.get(ORDERS - 1)).toBe(BigInt(ORDERS - 1))

    let rows = 0
    for await (const batch of connection.stream(ALL).recordBatches<RecordBatch>()) rows += batch.numRows
    expect(rows).toBe(ORDERS)
  })

  it('of no rows is an Arrow stream with its columns', async () => {
    const connection = await local.connection()
    const parts: Uint8Array[] = []
    for await (const bytes of connection.stream('SELECT order_id FROM orders WHERE false').arrowIpc()) parts.push(bytes)
    const table = tableFromIPC(Buffer.concat(parts))
    expect([table.numRows, table.schema.fields.map(({ name }) => name)]).toEqual([0, ['order_id']])
  })

  it('can be read only once', async () => {
    const connection = await local.connection()
    const stream = connection.stream('SELECT 1')
    for await (const _ of stream);
    for (const form of [stream.batches(), stream[Symbol.asyncIterator](), stream.json()]) {
      expect(await failureOf(form.next())).toBeInstanceOf(UsageError)
    }
  })

  it('does not run until it is read', async () => {
    const connection = await local.connection()
    connection.stream(ALL)
    expect(local.calls('prepareStatement')).toEqual([])
  })
})
