import { expect, test } from 'vitest'
import { BARE_STATUS } from '../router/bare-answers.ts'
import type { CallRecord } from '../router/call-record.ts'
import { QueryMeter } from './query-meter.ts'

/** A call that was answered, at 100 ms since 1970 by default. */
function call(method: string, facts: Partial<CallRecord> = {}): CallRecord {
  return {
    sequence: 1,
    service: 'QueryEngineService',
    method,
    at: 100,
    durationMs: 5,
    servedBy: 'blue',
    queryId: 'q',
    httpStatus: 200,
    grpcStatus: 0,
    responseBytes: 0,
    outcome: 'answered',
    faults: [],
    ...facts,
  }
}

test('a query is in flight from prepare to clear, and its latency ends with its first rows', () => {
  const meter = new QueryMeter()
  meter.call(call('prepareStatementV2', { outcome: 'under way' }))
  expect(meter.inFlight).toEqual({ blue: 0, green: 0 })
  meter.call(call('prepareStatementV2'))
  meter.call(call('executeStatementV2', { at: 110, plannerIp: 'engine-1' }))
  meter.call(call('getNextResultBatch', { at: 120, durationMs: 10 }))
  meter.call(call('getNextResultBatch', { at: 900 }))
  expect(meter.inFlight).toEqual({ blue: 1, green: 0 })
  meter.call(call('clearOrCancelQuery', { at: 1000 }))
  expect(meter.inFlight).toEqual({ blue: 0, green: 0 })
  expect(meter.take()).toMatchObject({ ended: { blue: 1, green: 0 }, latenciesMs: [30], failedCalls: 0 })
  expect(meter.find('q')).toMatchObject({ engine: 'engine-1', startedAt: 100, endedAt: 1005 })
  expect(meter.take()).toMatchObject({ ended: { blue: 0 }, latenciesMs: [] })
})

test('errors and broken streams count as failures, refusals do not', () => {
  const meter = new QueryMeter()
  const bare = (httpStatus: number) => ({ ...call('prepareStatement'), httpStatus, grpcStatus: 13 })
  const { grpcStatus: _, ...wrongStrategy } = bare(BARE_STATUS['wrong strategy'])
  const { grpcStatus: __, ...notAvailable } = bare(BARE_STATUS['not available'])
  const { grpcStatus: ___, ...gone } = bare(BARE_STATUS['engine gone'])
  for (const record of [wrongStrategy, notAvailable]) meter.call(record)
  meter.call(call('getNextResultBatch', { grpcStatus: 13, grpcMessage: 'Access denied: expired' }))
  meter.call(call('getNextResultBatch', { outcome: 'abandoned by the client' }))
  expect(meter.take()).toMatchObject({ failedCalls: 0, refused: 1 })
  meter.call(gone)
  meter.call(call('executeStatement', { outcome: 'reset' }))
  meter.call(call('executeStatement', { grpcStatus: 13, grpcMessage: 'no such table' }))
  expect(meter.take()).toMatchObject({ failedCalls: 3, refused: 0 })
})

test('a statement mistyped in the editor does not count as a failure', () => {
  const meter = new QueryMeter()
  meter.call(
    call('prepareStatement', { grpcStatus: 3, userAgent: 'e6data-console-editor e6data-connector-node/0.1.0' }),
  )
  expect(meter.take().failedCalls).toBe(0)
})

test('queries of a retired deployment end, and those of clients that died are dropped', () => {
  const meter = new QueryMeter()
  meter.call(call('prepareStatement', { queryId: 'a' }))
  meter.call(call('prepareStatement', { queryId: 'b', servedBy: 'green' }))
  meter.call(call('prepareStatement', { queryId: 'c', servedBy: 'green' }))
  meter.cutOff('blue', 500)
  meter.keepOnly(({ id }) => id === 'b')
  expect(meter.inFlight).toEqual({ blue: 0, green: 1 })
  expect(meter.list().map(({ id }) => id)).toEqual(['b', 'a'])
  expect(meter.take().ended).toEqual({ blue: 1, green: 0 })
})

test('logins count once they succeed', () => {
  const meter = new QueryMeter()
  meter.call(call('authenticate'))
  meter.call(call('authenticate', { grpcStatus: 16 }))
  expect(meter.take().authenticate).toBe(1)
})
