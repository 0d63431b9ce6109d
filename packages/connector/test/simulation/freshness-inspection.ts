import type { Exchange } from './exchange.ts'
import type { Settings } from './schedule.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { SimulatedTime } from './simulated-time.ts'
import { Views } from './views.ts'
import type { Watch } from './watch.ts'

/** What makes a process's knowledge fresh. */
interface View {
  answeredAt: number
}

/** Calls that are sent to a strategy because it counts as known. */
const NEW_WORK: ReadonlySet<string> = new Set(['queue', 'prepare', 'catalog'])

/** Between the look at what is known and the call lies at most a login, in milliseconds. */
const SLACK_MS = 5000

/** Judges how long a strategy is trusted without an answer (rule 11), and how long a query without activity (rule 9). */
export class FreshnessInspection {
  readonly #time: SimulatedTime
  readonly #watch: Watch
  readonly #settings: Settings
  readonly #views = new Views<View>(() => ({ answeredAt: 0 }))
  readonly #hostAnsweredAt = new Map<SimulatedCluster, number>()
  /** When each query that is running was last answered about, and whose it is. */
  readonly #active = new Map<string, { readonly at: number; readonly process: SimulatedProcess }>()

  constructor(time: SimulatedTime, watch: Watch, settings: Settings) {
    this.#time = time
    this.#watch = watch
    this.#settings = settings
  }

  sent({ step, process, method, connection }: Exchange, cluster: SimulatedCluster): void {
    const timeoutMs = this.#settings.options.strategyCacheTimeoutMs
    if (timeoutMs === undefined || !NEW_WORK.has(step)) return
    const isShared = this.#settings.store === 'shared'
    const answeredAt = isShared ? this.#hostAnsweredAt.get(cluster) : this.#views.of(process, cluster).answeredAt
    const ageMs = this.#time.now - (answeredAt ?? 0)
    if (ageMs <= timeoutMs + SLACK_MS) return
    this.#watch.report('a strategy was trusted for too long', `${method.name} of ${connection} after ${ageMs} ms`)
  }

  ended({ end, step, process, queryId }: Exchange, cluster: SimulatedCluster): void {
    if (end !== 'answered') return
    this.#views.of(process, cluster).answeredAt = this.#time.now
    this.#hostAnsweredAt.set(cluster, this.#time.now)
    if (step === 'release') this.#active.delete(queryId ?? '')
    else if (queryId) this.#active.set(queryId, { process, at: this.#time.now })
  }

  /** A process has dropped a pin: one of its own for want of activity, or one that a dead process had left. */
  swept(process: SimulatedProcess, queryId: string): void {
    const active = this.#active.get(queryId)
    const { queryIdleTimeoutMs = 3_600_000 } = this.#settings.options
    if (active?.process !== process || this.#time.now - active.at >= queryIdleTimeoutMs) return
    const details = `${process.name} dropped ${queryId}, which was active ${this.#time.now - active.at} ms ago`
    this.#watch.report('a query that is active was taken for forgotten', details)
  }
}
