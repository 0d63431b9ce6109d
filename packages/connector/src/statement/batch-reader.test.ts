import { describe, expect, it } from 'vitest'
import { BATCH_ROWS, failureOf, localTest } from '../../test/local.ts'
import { DecodeError } from '../errors.ts'
import { decodeChunk } from '../result/decode-chunk.ts'
import { encodeChunk } from '../result/encode-chunk.ts'
import { systemClock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { BatchReader, type BatchSource } from './batch-reader.ts'

const soon = () => Deadline.of(systemClock, {}, 10_000, 'the test')
const background = { inBackground: (work: Promise<unknown>) => void work }

/** A query with this many batches, which records the calls about it; `faulty` cannot be decoded. */
function query(batches: number, faulty?: number) {
  const log: string[] = []
  const failures: unknown[] = []
  const bytes = encodeChunk([{ type: 'LONG', data: { kind: 'int64', values: BigInt64Array.of(1n) } }], 1)
  const field = { name: 'a', type: 'LONG', zone: '', format: '' }
  let asked = 0
  const source: BatchSource = {
    async nextBatch() {
      const batch = ++asked
      log.push(`ask ${batch}`)
      if (batch > batches) return undefined
      return {
        byteLength: bytes.byteLength,
        rowCount: 1,
        decode() {
          log.push(`decode ${batch}`)
          if (batch === faulty) throw new DecodeError('it is faulty')
          return decodeChunk(bytes, [field])
        },
      }
    },
    isInDoubt: false,
    mayRunAgain: () => false,
    runAgain: () => Promise.reject(new Error('it is never cut off')),
    handOver: () => undefined,
    failed: (error) => failures.push(error),
    release: async (how) => void log.push(how),
  }
  return { source, log, failures, batchBytes: bytes.byteLength }
}

describe('a reader of batches', () => {
  const local = localTest()

  it('requests the next batch before it decodes one', async () => {
    const { source, log } = query(3)
    // No room for batches other than the current one.
    const reader = new BatchReader(background, source, 1, soon())
    for (let batch = await reader.next(soon()); batch; batch = await reader.next(soon())) expect(batch.rowCount).toBe(1)
    await reader.close('cancel')
    expect(log).toEqual(['ask 1', 'ask 2', 'decode 1', 'ask 3', 'decode 2', 'ask 4', 'decode 3', 'clear'])
  })

  it('does not decode unread batches', async () => {
    const { source, log } = query(5)
    const reader = new BatchReader(background, source, Number.POSITIVE_INFINITY, soon())
    await reader.next(soon())
    while (!log.includes('ask 6')) await new Promise(setImmediate)
    await reader.close('cancel')
    expect(log.filter((entry) => entry.startsWith('decode'))).toEqual(['decode 1'])
  })

  it('stops at a batch that cannot be decoded, and keeps reporting the error', async () => {
    const { source, log, failures } = query(9, 2)
    const reader = new BatchReader(background, source, 1, soon())
    expect(await reader.next(soon())).toBeDefined()
    const failure = await failureOf(reader.next(soon()))
    expect(failure).toBeInstanceOf(DecodeError)
    expect(await failureOf(reader.next(soon()))).toEqual(failure)
    await reader.close('cancel')
    expect(failures).toEqual([failure, failure])
    expect(log).toEqual(['ask 1', 'ask 2', 'decode 1', 'ask 3', 'decode 2', 'cancel'])
  })

  it.each([
    { cut: 'in its head', bytes: 3 },
    { cut: 'behind it', bytes: 20 },
  ])('delivers the batches before one that is cut $cut, and cancels the query', async ({ bytes }) => {
    const connection = await local.connection()
    local.cluster.inject({ method: 'getNextResultBatch', occurrence: 3, fault: { kind: 'truncate', bytes } })
    const stream = connection.stream('SELECT order_id FROM orders')
    let rows = 0
    const reading = (async () => {
      for await (const _ of stream) rows += 1
    })()
    const failure = await failureOf(reading)
    expect(failure).toBeInstanceOf(DecodeError)
    expect(failure).toMatchObject({ queryId: stream.queryId, strategy: 'blue' })
    expect(rows).toBe(2 * BATCH_ROWS)
    expect(local.calls('cancelQuery')).toHaveLength(1)
  })

  it('delivers and counts the received rows of an interrupted run after rows were handed over', async () => {
    const connection = await local.connection({ pinnedRefusalPatienceMs: 50 })
    const turnedAway = { kind: 'http-status', status: 456 } as const
    local.cluster.inject({
      method: 'getNextResultBatch',
      occurrence: 3,
      times: Number.POSITIVE_INFINITY,
      fault: turnedAway,
    })
    const batches = connection.stream('SELECT order_id FROM orders').batches()
    await batches.next()
    expect((await batches.next()).value?.toRows()).toHaveLength(BATCH_ROWS)
    const failure = await failureOf(batches.next())
    expect(failure).toMatchObject({ name: 'QueryInterruptedError', rowsDelivered: 2 * BATCH_ROWS })
    expect(local.calls('prepareStatement')).toHaveLength(1)
  })
})
