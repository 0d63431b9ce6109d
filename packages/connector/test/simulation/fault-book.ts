import type { CallStep, FaultName } from './faults.ts'
import type { FaultDecision } from './schedule.ts'

/** The counted calls of one kind, with the faults by number. */
interface Page {
  seen: number
  readonly faults: Map<number, FaultName>
}

/** The calls with faults, from the schedule. */
export class FaultBook {
  readonly #pages = new Map<string, Page>()

  constructor(decisions: Iterable<FaultDecision>) {
    for (const { of, step, nth, fault } of decisions) {
      const key = 'operation' in of ? `#${of.operation} ${step}` : `p${of.process}.c${of.connection} ${step}`
      const page = this.#pages.get(key) ?? { seen: 0, faults: new Map() }
      this.#pages.set(key, page)
      page.faults.set(nth, fault)
    }
  }

  /** Removes all faults. */
  clear(): void {
    this.#pages.clear()
  }

  /** Counts a call, and returns its fault. */
  take({ connection }: { connection: string }, operation: number | undefined, step: CallStep): FaultName | undefined {
    const page = this.#pages.get(`${operation === undefined ? connection : `#${operation}`} ${step}`)
    if (!page) return undefined
    page.seen += 1
    return page.faults.get(page.seen)
  }
}
