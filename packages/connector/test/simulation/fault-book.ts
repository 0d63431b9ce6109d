import type { CallStep, FaultName } from './faults.ts'
import type { FaultDecision } from './schedule.ts'

/** The calls of one kind that are counted, and which of them something happens to. */
interface Page {
  seen: number
  readonly faults: Map<number, FaultName>
}

/** Which calls something goes wrong with, as the schedule has it. */
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

  /** Nothing goes wrong any more. */
  clear(): void {
    this.#pages.clear()
  }

  /** Counts a call, and says what happens to it. */
  take({ connection }: { connection: string }, operation: number | undefined, step: CallStep): FaultName | undefined {
    const page = this.#pages.get(`${operation === undefined ? connection : `#${operation}`} ${step}`)
    if (!page) return undefined
    page.seen += 1
    return page.faults.get(page.seen)
  }
}
