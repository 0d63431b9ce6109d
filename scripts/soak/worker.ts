import { setTimeout as sleep } from 'node:timers/promises'
import { E6dataError } from 'e6data-connector'
import { FingerprintSum } from '../main-job/checksum.ts'
import type { WorkItem } from '../main-job/workload.ts'
import type { Counts, OperationKind } from './counts.ts'
import type { Access, Reading } from './defects.ts'
import type { HistoryFile } from './history-file.ts'
import { READ_LEDGER, WRITE_LEDGER } from './ledger.ts'
import { faultOfRows, numberedStatement } from './numbered-rows.ts'

export interface WorkerParts {
  /** Unique over the run. */
  readonly name: string
  /** The names of workers whose writes it reads. */
  readonly peers: readonly string[]
  readonly access: Access
  readonly history: HistoryFile
  readonly items: readonly WorkItem[]
  readonly draw: (upTo: number) => number
  readonly counts: Counts
}

/** The time limit of each statement, in milliseconds, and how much later its promise must have settled on a busy machine. */
export const STATEMENT_LIMIT_MS = 15_000
const GRACE_MS = 10_000

const LONGEST_PAUSE_MS = 3000

/** A pause is also at least so many times as long as what was done: a busy machine is not made busier. */
const PAUSE_PER_WORK = 4
const MOST_ROWS = 3000
const READINGS: readonly Reading[] = ['query', 'stream', 'cursor']

/** Of twenty operations. */
const MIX: readonly (readonly [kind: OperationKind, upTo: number])[] = [
  ['numbered', 10],
  ['retail', 15],
  ['write', 17],
  ['ledger', 20],
]

/** No fault that is injected explains these. */
const DEFECT_CODES: ReadonlySet<string> = new Set(['E6_DECODE', 'E6_RESULT_INCOMPLETE', 'E6_USAGE', 'E6_PARAMETER'])

const now = () => Number(process.hrtime.bigint()) / 1e6

/** Asks one thing after the other until told to stop, and checks everything. */
export class Worker {
  readonly #parts: WorkerParts
  #written = 0

  constructor(parts: WorkerParts) {
    this.#parts = parts
  }

  async run(stop: AbortSignal): Promise<void> {
    const { draw, counts } = this.#parts
    while (!stop.aborted) {
      const begunAt = now()
      const drawn = draw(20)
      const kind = MIX.find(([, upTo]) => drawn < upTo)![0]
      const isSettled = await settles(this.#tally(kind))
      if (!isSettled) {
        counts.complain(`hangs: ${kind} of ${this.#parts.name}`)
        counts.hanging += 1
      }
      const pauseMs = Math.max(draw(LONGEST_PAUSE_MS), (now() - begunAt) * PAUSE_PER_WORK)
      await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined)
    }
  }

  async #tally(kind: OperationKind): Promise<void> {
    const { counts } = this.#parts
    counts.queries += 1
    try {
      const rows = await this.#do(kind)
      counts.succeeded[kind] += 1
      counts.rows += rows
    } catch (error) {
      if (error instanceof E6dataError && !DEFECT_CODES.has(error.code)) counts.typed(error.code)
      else counts.unexpected(error)
    }
  }

  /** @returns how many rows came, or were written */
  #do(kind: OperationKind): Promise<number> {
    switch (kind) {
      case 'numbered':
        return this.#readNumbered()
      case 'retail':
        return this.#readRetail()
      case 'write':
        return this.#write()
      case 'ledger':
        return this.#readLedger()
      default:
        return kind satisfies never
    }
  }

  async #readNumbered(): Promise<number> {
    const { access, draw, counts } = this.#parts
    const from = draw(1_000_000)
    const wanted = { from, to: from + 1 + draw(MOST_ROWS) }
    const rows = await access.read(numberedStatement(wanted), [], READINGS[draw(READINGS.length)]!)
    const fault = faultOfRows(rows, wanted)
    if (fault) counts.wrong(fault)
    return rows.length
  }

  async #readRetail(): Promise<number> {
    const { access, draw, counts, items } = this.#parts
    const { name, sql, params, expected, read } = items[draw(items.length)]!
    const rows = await access.read(sql, params, read)
    const sum = new FingerprintSum()
    for (const row of rows) sum.add(row)
    const { rows: count, checksum } = sum.result()
    if (count !== expected.rows || checksum !== expected.checksum) counts.wrong(`${name}: ${count} rows, ${checksum}`)
    return rows.length
  }

  async #write(): Promise<number> {
    const { access, history, name } = this.#parts
    const id = `${name}/${++this.#written}`
    history.add({ kind: 'invoked', id, worker: name, at: now() })
    try {
      await access.write(WRITE_LEDGER, [id, name])
      history.add({ kind: 'ended', id, at: now(), outcome: 'ok' })
      return 1
    } catch (error) {
      const isWithout = error instanceof E6dataError && error.outcome !== 'unknown'
      history.add({ kind: 'ended', id, at: now(), outcome: isWithout ? 'failed' : 'unknown' })
      throw error
    }
  }

  async #readLedger(): Promise<number> {
    const { access, history, draw, peers } = this.#parts
    const worker = peers[draw(peers.length)]!
    const invokedAt = now()
    const rows = await access.read(READ_LEDGER, [worker], READINGS[draw(READINGS.length)]!)
    const ids = rows.map(([id]) => String(id))
    history.add({ kind: 'read', worker, invokedAt, endedAt: now(), ids })
    return rows.length
  }
}

/** Whether work settles, whatever its outcome, within the limit that it has and some time. */
async function settles(work: Promise<void>): Promise<boolean> {
  const over = new AbortController()
  const limit = sleep(STATEMENT_LIMIT_MS + GRACE_MS, false, { signal: over.signal }).catch(() => false)
  try {
    return await Promise.race([work.then(() => true), limit])
  } finally {
    over.abort()
  }
}
