import type { History } from './history.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** What must never happen. */
export type ViolationKind =
  | 'a query failed that the rules say must succeed'
  | 'rows were lost'
  | 'rows were repeated'
  | 'rows of two runs were mixed'
  | 'a statement that writes was carried out twice'
  | 'an outcome was not true'
  | 'an error of no type of this connector'
  | 'a call about a query went astray'
  | 'a fetch or an execute was repeated'
  | 'a call came after its query had ended'
  | 'a call without its headers'
  | 'a session was used where it was not opened'
  | 'a move to a strategy that had not accepted'
  | 'a move that no other process made was followed'
  | 'a strategy was left that took all work'
  | 'a strategy was forgotten without reason'
  | 'announced switches flapped'
  | 'an announcement was followed that does not count'
  | 'an announcement was followed that had been taken back'
  | 'an announcement was not followed'
  | 'a session was used after it had been renewed'
  | 'a query that is active was taken for forgotten'
  | 'too many logins'
  | 'too many detections'
  | 'another cluster was touched'
  | 'a pin was left'
  | 'a timer was left'
  | 'a query was left on its engine'
  | 'a wait without a deadline'
  | 'nothing ended'
  | 'not every process ended on the strategy that serves'
  | 'a rejection was not handled'

export interface Violation {
  readonly kind: ViolationKind
  readonly at: number
  readonly details: string
}

/** More violations of one kind than these are only counted. */
const MOST_DETAILED = 5

/** Collects what is found wrong. */
export class Watch {
  readonly violations: Violation[] = []
  readonly counts = new Map<ViolationKind, number>()
  readonly #time: SimulatedTime
  readonly #history: History

  constructor(time: SimulatedTime, history: History) {
    this.#time = time
    this.#history = history
  }

  report(kind: ViolationKind, details: string): void {
    const count = this.count(kind) + 1
    this.counts.set(kind, count)
    this.#history.write(this.#time.now, `VIOLATION ${kind}: ${details}`)
    if (count <= MOST_DETAILED) this.violations.push({ kind, at: this.#time.now, details })
  }

  count(kind: ViolationKind): number {
    return this.counts.get(kind) ?? 0
  }
}
