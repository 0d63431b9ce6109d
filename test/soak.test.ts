import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Counts } from '../scripts/soak/counts.ts'
import { developments, isGrowing, theilSenSlope } from '../scripts/soak/growth.ts'
import { judge, type Operation } from '../scripts/soak/history.ts'
import { HistoryFile, readHistory } from '../scripts/soak/history-file.ts'
import { faultOfRows } from '../scripts/soak/numbered-rows.ts'
import { belowFloors } from '../scripts/soak/verdict.ts'

const SAMPLES = 60
const WORKERS = 40

describe('what grows over a soak', () => {
  /** Samples of a figure with noise that repeats, as the share of a run passes. */
  const growing = (name: string, value: (share: number) => number, noise = 0) => {
    const samples = Array.from({ length: SAMPLES }, (_, at) => ({
      [name]: value(at / SAMPLES) + noise * Math.sin(at * 12.9898),
    }))
    return developments({ of: 'client-1', samples }, SAMPLES)
      .filter((growth) => isGrowing(growth, WORKERS))
      .map((it) => it.name)
  }

  it('is a heap that grows by 30 % over the run, however noisy it is', () => {
    expect(growing('heapMB', (share) => 40 * (1 + 0.3 * share), 4)).toEqual(['client-1.heapMB'])
    expect(growing('heapMB', (share) => 8 * (1 + 0.3 * share))).toEqual(['client-1.heapMB'])
  })

  it('is not one that goes up and down, nor one that has filled its caches', () => {
    expect(growing('heapMB', () => 40, 12)).toEqual([])
    expect(growing('heapMB', (share) => 40 - 20 * Math.exp(-20 * share), 4)).toEqual([])
  })

  it('is not a few samples that lie far off', () => {
    expect(growing('heapMB', (share) => (share > 0.9 ? 400 : 40))).toEqual([])
  })

  it('is a count of sockets, handles, queries or leases that are never released', () => {
    for (const name of ['sockets', 'handles', 'listeners', 'queries', 'leaseFiles']) {
      expect(growing(name, (share) => 50 + 120 * share, 5)).toEqual([`client-1.${name}`])
      expect(growing(name, () => 50, 15)).toEqual([])
    }
  })

  it('says nothing of a process that lived for a short time', () => {
    const samples = Array.from({ length: 16 }, (_, at) => ({ heapMB: 40 + at }))
    expect(developments({ of: 'client-5', samples }, SAMPLES)).toEqual([])
  })

  it('follows the slope that half of the samples agree on', () => {
    expect(theilSenSlope([1, 2, 3, 1000, 5, 6, -500, 8])).toBe(1)
  })
})

describe('a history of reads and writes', () => {
  const write = (id: string, invokedAt: number, outcome?: 'ok' | 'failed' | 'unknown'): Operation => ({
    ...{ kind: 'write', id, worker: 'w', invokedAt },
    ...(outcome ? { end: { at: invokedAt + 1, outcome } } : {}),
  })
  const read = (invokedAt: number, ...ids: string[]): Operation => ({
    ...{ kind: 'read', worker: 'w', invokedAt, endedAt: invokedAt + 1, ids },
  })

  it('is right when what was written is there once, and what is not known there or not', () => {
    const writes = [write('a', 1, 'ok'), write('b', 3, 'unknown'), write('c', 5), write('d', 7, 'failed')]
    expect(judge([...writes, read(2, 'a'), read(9, 'a', 'b'), read(10, 'b', 'a', 'c')])).toEqual([])
    expect(judge([write('a', 1, 'ok'), read(1.5)])).toEqual([]) // they overlap
  })

  it.each<[string, Operation[]]>([
    ['written, and is not there: a', [write('a', 1, 'ok'), read(3)]],
    ['written twice: a', [write('a', 1, 'ok'), read(3, 'a', 'a')]],
    ['written twice: a', [write('a', 1, 'unknown'), read(3, 'a', 'a')]],
    ['failed, and is there: a', [write('a', 1, 'failed'), read(3, 'a')]],
    ['read without a write: b', [write('a', 1, 'ok'), read(3, 'a', 'b')]],
    ['read before it was written: a', [write('a', 5, 'ok'), read(1, 'a')]],
    ['read, and gone: a', [write('a', 1), read(3, 'a'), read(5)]],
  ])('%s', (fault, operations) => {
    expect(judge(operations)).toEqual([fault])
  })

  it('survives that its process is killed in the middle of a line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'e6data-history-'))
    try {
      const path = join(folder, 'history.jsonl')
      using history = new HistoryFile(path)
      history.add({ kind: 'invoked', id: 'a', worker: 'w', at: 1 })
      history.add({ kind: 'ended', id: 'a', at: 2, outcome: 'ok' })
      history.add({ kind: 'invoked', id: 'b', worker: 'w', at: 3 })
      writeFileSync(path, `${readFileSync(path, 'utf8')}{"kind":"ended","id":"b","at"`)
      expect(readHistory(path)).toEqual([write('a', 1, 'ok'), write('b', 3)])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('rows that are known by their number', () => {
  const row = (n: number) => [
    BigInt(n),
    BigInt((n * 7919) % 1000003),
    `row ${n}`,
    n % 7 === 0 ? null : BigInt(n % 1000),
  ]
  const wanted = { from: 20, to: 23 }

  it('are checked one by one, in order', () => {
    expect(faultOfRows([row(20), row(21), row(22)], wanted)).toBeUndefined()
    expect(faultOfRows([row(20), row(21)], wanted)).toBe('2 rows instead of 3')
    expect(faultOfRows([row(20), row(22), row(21)], wanted)).toMatch('row 21 is 22')
    expect(faultOfRows([row(20), row(21), [...row(22).slice(0, 3), null]], wanted)).toMatch('row 22 is')
  })
})

describe('a soak that does nothing', () => {
  const client = (succeeded: number) => {
    const counts = new Counts()
    Object.assign(counts.succeeded, { numbered: succeeded, retail: succeeded, write: succeeded, ledger: succeeded })
    Object.assign(counts, { queries: 4 * succeeded, rows: 4000 * succeeded })
    return { name: 'client-1', livedMs: 60_000, counts }
  }
  const judged = (it: ReturnType<typeof client>, switches = 20) =>
    belowFloors({ minutes: 1, workers: 4, switches, counts: it.counts, clients: [it] })

  it('fails, and says what it has not reached', () => {
    expect(judged(client(20))).toEqual([])
    expect(judged(client(20), 1)).toEqual(['1 switches instead of at least 5'])
    expect(judged(client(0))).toContain('0 successes instead of at least 20')
    expect(judged(client(0))).toContain('0 rows instead of at least 4000')
    expect(judged(client(0))).toContain('0 successes of kind write instead of at least 1')
    expect(judged(client(0))).toContain('0 successes of client-1 instead of at least 1')
  })

  it('fails when more queries fail than faults can explain', () => {
    const failing = client(20)
    failing.counts.failed.E6_TRANSPORT = 30
    expect(judged(failing)).toEqual(['30 of 80 queries failed'])
  })
})
