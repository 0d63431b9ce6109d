import type { Decision, Schedule } from './schedule.ts'

/** Returns whether a schedule still shows the violation. */
export type StillFails = (schedule: Schedule) => Promise<boolean>

export interface ShrinkOptions {
  /** Later events do not matter; in milliseconds. */
  readonly until?: number
  /** The maximum number of schedules to try. @default 1500 */
  readonly mostTries?: number
}

/** The order in which kinds of decisions are removed: first those that make a history hard to read. */
const CUTS: readonly ((decision: Decision) => boolean)[] = [
  ({ kind }) => kind === 'operation',
  ({ kind }) => kind === 'fault',
  ({ kind }) => kind !== 'operation',
]

/**
 * Reduces a schedule to one that still fails and from which nothing more can be removed, by removing ever smaller
 * pieces (delta debugging). `fails` holds for the given schedule.
 */
export async function shrink(schedule: Schedule, fails: StillFails, options: ShrinkOptions = {}): Promise<Schedule> {
  const search = new Search(schedule, fails, options.mostTries ?? 1500)
  if (options.until !== undefined) await search.cutOff(options.until)
  for (let before = Number.POSITIVE_INFINITY; search.size < before && !search.isTired; ) {
    before = search.size
    for (const isOfKind of CUTS) await search.thinOut(isOfKind)
    await search.simplify()
  }
  return search.best
}

class Search {
  readonly #fails: StillFails
  #best: Schedule
  #triesLeft: number

  constructor(schedule: Schedule, fails: StillFails, mostTries: number) {
    this.#best = schedule
    this.#fails = fails
    this.#triesLeft = mostTries
  }

  get best(): Schedule {
    return this.#best
  }

  get size(): number {
    return this.#best.decisions.length
  }

  get isTired(): boolean {
    return this.#triesLeft <= 0
  }

  async cutOff(until: number): Promise<void> {
    await this.#try({ decisions: this.#best.decisions.filter((it) => !('at' in it) || it.at <= until) })
  }

  /** Removes decisions of some kind where possible, in pieces of half of them, a quarter, down to one. */
  async thinOut(isOfKind: (decision: Decision) => boolean): Promise<void> {
    const count = () => this.#best.decisions.filter(isOfKind).length
    for (
      let piece = Math.ceil(count() / 2);
      piece >= 1 && !this.isTired;
      piece = piece > 1 ? Math.ceil(piece / 2) : 0
    ) {
      for (let from = 0; from < count() && !this.isTired; ) {
        if (!(await this.#tryWithout(isOfKind, from, piece))) from += piece
      }
    }
  }

  /** Simplifies the remaining decisions. */
  async simplify(): Promise<void> {
    const { settings } = this.#best
    await this.#try({ settings: { ...settings, clusters: 1 } })
    await this.#try({ settings: { ...this.#best.settings, store: 'process' } })
    await this.#try({ settings: { ...this.#best.settings, options: {} } })
    for (const key of ['processes', 'connections'] as const) {
      for (let count = 1; count < this.#best.settings[key] && !this.isTired; count++) {
        if (await this.#try({ settings: { ...this.#best.settings, [key]: count } })) break
      }
    }
  }

  #tryWithout(isOfKind: (decision: Decision) => boolean, from: number, piece: number): Promise<boolean> {
    let index = 0
    const decisions = this.#best.decisions.filter((decision) => {
      if (!isOfKind(decision)) return true
      const isOut = index >= from && index < from + piece
      index += 1
      return !isOut
    })
    return this.#try({ decisions })
  }

  async #try(change: Partial<Schedule>): Promise<boolean> {
    const candidate = { ...this.#best, ...change }
    if (this.isTired || isSame(candidate, this.#best)) return false
    this.#triesLeft -= 1
    if (!(await this.#fails(candidate))) return false
    this.#best = candidate
    return true
  }
}

function isSame(a: Schedule, b: Schedule): boolean {
  return a.decisions.length === b.decisions.length && JSON.stringify(a.settings) === JSON.stringify(b.settings)
}
