import type { Exchange } from './exchange.ts'
import type { Settings } from './schedule.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { SimulatedTime } from './simulated-time.ts'
import type { Watch } from './watch.ts'

/** Checks how long an inactive query is remembered (rule 9). */
export class FreshnessInspection {
  readonly #time: SimulatedTime
  readonly #watch: Watch
  readonly #settings: Settings
  /** The last answer about each running query, and its process. */
  readonly #active = new Map<string, { readonly at: number; readonly process: SimulatedProcess }>()

  constructor(time: SimulatedTime, watch: Watch, settings: Settings) {
    this.#time = time
    this.#watch = watch
    this.#settings = settings
  }

  ended({ end, step, process, queryId }: Exchange): void {
    if (end !== 'answered') return
    if (step === 'release') this.#active.delete(queryId ?? '')
    else if (queryId) this.#active.set(queryId, { process, at: this.#time.now })
  }

  /** A process has dropped a pin: one of its own after inactivity, or one of a dead process. */
  swept(process: SimulatedProcess, queryId: string): void {
    const active = this.#active.get(queryId)
    const { queryIdleTimeoutMs = 3_600_000 } = this.#settings.options
    if (active?.process !== process || this.#time.now - active.at >= queryIdleTimeoutMs) return
    const details = `${process.name} dropped ${queryId}, which was active ${this.#time.now - active.at} ms ago`
    this.#watch.report('a query that is active was taken for forgotten', details)
  }
}
