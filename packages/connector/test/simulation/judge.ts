import { E6dataError } from '../../src/errors.ts'
import type { Exchange } from './exchange.ts'
import type { Operation } from './operation.ts'
import { excuseOf } from './oracle.ts'
import type { ConnectionLimits } from './schedule.ts'
import type { SimulatedTime } from './simulated-time.ts'
import type { Watch } from './watch.ts'

/** The counts of a run. */
export interface Tally {
  queries: number
  rows: number
  authenticateCalls: number
  /** Failures that the rules allow, by reason. */
  readonly excused: Map<string, number>
  /** Operations whose process died. */
  crashed: number
}

export interface JudgeParts {
  readonly time: SimulatedTime
  readonly watch: Watch
  readonly tally: Tally
  readonly limits: ConnectionLimits
  /** Whether there are events other than announced switches. */
  readonly faults: boolean
}

/** An operation that takes longer than this, in milliseconds, hangs. */
const LONGEST_OPERATION_MS = 300_000

/** Decides whether each operation was allowed to end as it did. */
export class Judge {
  readonly #parts: JudgeParts
  readonly #written = new Map<number, number>()

  constructor(parts: JudgeParts) {
    this.#parts = parts
  }

  /** An engine has executed a statement that writes. */
  wrote(operation: number): void {
    const times = (this.#written.get(operation) ?? 0) + 1
    this.#written.set(operation, times)
    if (times === 1) return
    this.#parts.watch.report('a statement that writes was carried out twice', `#${operation}, ${times} times`)
  }

  succeeded(operation: Operation): void {
    this.#count(operation)
    if (!operation.writes || this.#written.has(operation.id)) return
    this.#parts.watch.report('an outcome was not true', `#${operation.id} says it wrote, and did not`)
  }

  /** `mustSucceed`: there were no faults when it began. */
  failed(operation: Operation, error: unknown, { mustSucceed }: { mustSucceed: boolean }): void {
    this.#count(operation)
    const { watch, tally, faults } = this.#parts
    const { id, decision } = operation
    if (!(error instanceof E6dataError)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      watch.report('an error of no type of this connector', `#${id}: ${text}`)
      return
    }
    if (operation.writes && this.#written.has(id) && error.outcome !== 'unknown') {
      watch.report('an outcome was not true', `#${id} wrote, and says ${error.outcome}: ${error}`)
    }
    const excuse = excuseOf(error, this.#evidence(operation), { faults: faults && !mustSucceed })
    if (excuse === undefined) {
      watch.report('a query failed that the rules say must succeed', `#${id} ${decision.form}: ${error}`)
    } else tally.excused.set(excuse, (tally.excused.get(excuse) ?? 0) + 1)
  }

  #count({ id, beganAt, rowsSeen, decision }: Operation): void {
    const { tally, watch, time } = this.#parts
    tally.rows += rowsSeen
    const tookMs = time.now - beganAt - decision.batches * decision.pauseMs
    if (tookMs > LONGEST_OPERATION_MS) watch.report('nothing ended', `#${id} took ${tookMs} ms`)
  }

  #evidence(operation: Operation) {
    const { time, limits } = this.#parts
    const { beganAt, calls, process } = operation
    const isRecent = ({ endedAt }: Exchange) => endedAt >= beganAt - limits.connectTimeoutMs
    return {
      ...{ operation, limits, now: time.now },
      ended: calls.filter(({ end }) => end !== undefined).sort((a, b) => a.endedAt - b.endedAt),
      troubledLogins: process.troubledLogins.filter(({ endedAt }) => endedAt >= beganAt),
      earlierLogins: process.troubledLogins.filter((login) => login.endedAt < beganAt && isRecent(login)),
    }
  }
}
