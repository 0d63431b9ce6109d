import { STRATEGIES, type Strategy } from '../deployment/strategy.ts'
import { percentile } from './percentiles.ts'

/** The time span of all rates and percentiles of the console, in milliseconds. */
export const ROLLING_MS = 5000

interface Stretch {
  readonly from: number
  readonly to: number
  readonly ended: Readonly<Record<Strategy, number>>
  readonly latenciesMs: readonly number[]
}

/** The traffic of the last five seconds: queries per second, and times to the first row. */
export class RollingTraffic {
  #stretches: Stretch[] = []
  #from: number

  constructor(private readonly now: () => number = Date.now) {
    this.#from = now()
  }

  /** Takes the traffic since the last call. */
  add(ended: Stretch['ended'], latenciesMs: readonly number[]): void {
    const to = this.now()
    this.#stretches.push({ from: this.#from, to, ended, latenciesMs })
    this.#from = to
    this.#stretches = this.#stretches.filter((stretch) => stretch.to > to - ROLLING_MS)
  }

  /** Queries that ended per second, by strategy. */
  get perSecond(): Record<Strategy, number> {
    const seconds = ((this.#stretches.at(-1)?.to ?? 0) - (this.#stretches[0]?.from ?? 0)) / 1000
    const rate = (strategy: Strategy) => this.#stretches.reduce((sum, { ended }) => sum + ended[strategy], 0) / seconds
    return Object.fromEntries(STRATEGIES.map((strategy) => [strategy, seconds > 0 ? rate(strategy) : 0])) as Record<
      Strategy,
      number
    >
  }

  /** Milliseconds to the first row; `undefined` when no query got one. */
  get latency(): { p50: number | undefined; p99: number | undefined } {
    const all = this.#stretches.flatMap(({ latenciesMs }) => latenciesMs)
    return { p50: percentile(all, 0.5), p99: percentile(all, 0.99) }
  }
}
