import type { Strategy } from '../deployment/strategy.ts'
import type { Moment, Sample, SwitchStory } from './feed.ts'

/** Number of samples before a switch that its latency is compared with. */
const SAMPLES_BEFORE = 60

interface OpenSwitch {
  from: Strategy
  to: Strategy
  at: number
  finished: number
  restarted: number
  failed: number
  usualP99: number | undefined
  worstP99: number | undefined
}

/** Summarizes a switch: queries finished on the old deployment, restarted and failed, and the added wait. */
export class SwitchLedger {
  readonly #usual: number[] = []
  #open: OpenSwitch | undefined
  #last: SwitchStory | undefined

  /** The last completed switch; `undefined` before the first. */
  get last(): SwitchStory | undefined {
    return this.#last
  }

  sample({ blue, green, failed, restarted, p99 }: Sample): void {
    const open = this.#open
    if (open === undefined) {
      if (p99 !== undefined) this.#usual.push(p99)
      if (this.#usual.length > SAMPLES_BEFORE) this.#usual.shift()
      return
    }
    open.finished += open.from === 'blue' ? blue.ended : green.ended
    open.restarted += restarted
    open.failed += failed
    if (p99 !== undefined) open.worstP99 = Math.max(open.worstP99 ?? 0, p99)
  }

  moment({ at, kind, strategy }: Moment): void {
    if (kind === 'cut over' && strategy !== undefined) this.#begin(strategy, at)
    else if (kind === 'retired' || kind === 'drained') this.#end(at)
    else if (kind === 'rolled back') this.#open = undefined
  }

  #begin(to: Strategy, at: number): void {
    const from = to === 'blue' ? 'green' : 'blue'
    const usualP99 = this.#usual.length === 0 ? undefined : Math.max(...this.#usual)
    this.#open = { from, to, at, finished: 0, restarted: 0, failed: 0, usualP99, worstP99: undefined }
  }

  #end(endedAt: number): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const { from, to, at, finished, restarted, failed, usualP99, worstP99 } = open
    const isMeasured = usualP99 !== undefined && worstP99 !== undefined
    const addedWaitMs = isMeasured ? Math.max(worstP99 - usualP99, 0) : undefined
    this.#last = { from, to, at, endedAt, finished, restarted, failed, addedWaitMs }
  }
}
