import { FairPath } from './fair-path.ts'
import { Moves } from './moves.ts'
import { ROW_LENGTH } from './row.ts'
import type { Rules } from './rules.ts'
import { firstWorld, type Scenario } from './scenarios.ts'
import { hash, type StateHash, StateSet } from './state-set.ts'

export interface SearchBounds {
  /** How many states at most. */
  readonly states: number
  /** How long at most, in milliseconds. */
  readonly ms: number
  /** From one state in so many a way is looked for on which all comes to its end. */
  readonly pathEvery: number
  /** Whether the first violation ends the search. */
  readonly stopsAtViolation: boolean
}

export interface Violation {
  readonly what: string
  /** How many steps it takes. */
  readonly depth: number
  readonly scenario: string
  /** What happens, one line a step. */
  readonly story: readonly string[]
}

export interface SearchResult {
  readonly scenario: string
  readonly states: number
  readonly transitions: number
  /** All states so many steps from the first are among them. */
  readonly depth: number
  /** Whether there are no others within the scenario's budget. */
  readonly isComplete: boolean
  /** From how many states a way was looked for on which all comes to its end. */
  readonly paths: number
  readonly situations: number
  readonly ms: number
  readonly violations: readonly Violation[]
}

/** No more violations of one scenario are told. */
const MOST_VIOLATIONS = 3

/** How often the clock is looked at, in states. */
const LOOK_EVERY = 1024

/** Visits all states of a scenario in the order of their distance from the first, and looks at each and at each step. */
export function search(scenario: Scenario, rules: Rules, bounds: SearchBounds): SearchResult {
  return new Search(scenario, rules, bounds).run()
}

class Search {
  readonly #scenario: Scenario
  readonly #bounds: SearchBounds
  readonly #moves: Moves
  readonly #states: StateSet
  readonly #fairPath: FairPath
  readonly #violations: Violation[] = []
  readonly #begunAt = performance.now()
  #frontier = new Frontier()
  #next = new Frontier()
  #transitions = 0
  #paths = 0
  #depth = 0

  constructor(scenario: Scenario, rules: Rules, bounds: SearchBounds) {
    this.#scenario = scenario
    this.#bounds = bounds
    this.#moves = new Moves(scenario, rules)
    this.#states = new StateSet(bounds.states)
    this.#fairPath = new FairPath(this.#moves, scenario)
  }

  run(): SearchResult {
    const first = this.#moves.rowOf(firstWorld(this.#scenario))
    this.#frontier.push(first, this.#addFirst(first))
    let isWhole = true
    while (this.#frontier.length > 0 && isWhole) {
      isWhole = this.#expandAll()
      if (!isWhole) break
      this.#depth += 1
      const done = this.#frontier
      this.#frontier = this.#next
      this.#next = done.emptied()
    }
    return {
      scenario: this.#scenario.name,
      states: this.#states.size,
      transitions: this.#transitions,
      depth: this.#depth,
      isComplete: isWhole,
      paths: this.#paths,
      situations: this.#moves.situations,
      ms: performance.now() - this.#begunAt,
      violations: this.#violations,
    }
  }

  #addFirst(row: Int32Array): number {
    const place = this.#states.add(row, 0)
    this.#states.adopt(place)
    return place
  }

  /** Returns whether all states of this distance were expanded. */
  #expandAll(): boolean {
    const row = new Int32Array(ROW_LENGTH)
    let parent = 0
    const emit: Parameters<Moves['follow']>[1] = (next, label, _, violation) => {
      this.#transitions += 1
      if (violation) this.#note(violation, parent, [label])
      else this.#add(next, parent, label)
    }
    for (let index = 0; index < this.#frontier.length; index++) {
      parent = this.#frontier.read(index, row)
      this.#moves.follow(row, emit)
      this.#moves.happen(row, emit)
      if (this.#states.size >= this.#bounds.states || this.#isOver()) return false
      if (index % LOOK_EVERY === 0 && performance.now() - this.#begunAt > this.#bounds.ms) return false
    }
    return true
  }

  #add(row: Int32Array, parent: number, label: string): void {
    const place = this.#states.add(row, parent)
    if (place < 0) return
    this.#next.push(row, place)
    if (place % this.#bounds.pathEvery !== 0) return
    this.#paths += 1
    const fault = this.#fairPath.faultFrom(row)
    if (fault) this.#note(fault.what, parent, [label, 'from here on nothing fails any more:', ...fault.story])
  }

  #isOver(): boolean {
    return this.#bounds.stopsAtViolation && this.#violations.length > 0
  }

  #note(what: string, parent: number, labels: readonly string[]): void {
    if (this.#violations.length >= MOST_VIOLATIONS || this.#violations.some((it) => it.what === what)) return
    const story = [...this.#tell(this.#states.pathTo(parent)), ...labels, `→ ${what}`]
    this.#violations.push({ what, depth: this.#depth + 1, scenario: this.#scenario.name, story })
  }

  /** Goes along a path once more, and says what happens on it. */
  #tell(path: readonly StateHash[]): string[] {
    const row = this.#moves.rowOf(firstWorld(this.#scenario))
    const lines = [`at first: ${this.#scenario.name}`]
    for (const { low, high } of path.slice(1)) {
      let line: string | undefined
      const found = new Int32Array(ROW_LENGTH)
      const emit: Parameters<Moves['follow']>[1] = (next, label) => {
        const its = hash(next)
        if (line !== undefined || its.low !== low || its.high !== high) return
        line = label
        found.set(next)
      }
      this.#moves.follow(row, emit)
      this.#moves.happen(row, emit)
      lines.push(line ?? '(a step that cannot be found again)')
      row.set(found)
    }
    return lines
  }
}

/** Rows of one distance, each with the place of its state. */
class Frontier {
  #rows = new Int32Array(1024 * WIDTH)
  length = 0

  push(row: Int32Array, place: number): void {
    const at = this.length * WIDTH
    if (at === this.#rows.length) {
      const grown = new Int32Array(this.#rows.length * 2)
      grown.set(this.#rows)
      this.#rows = grown
    }
    this.#rows.set(row, at)
    this.#rows[at + ROW_LENGTH] = place
    this.length += 1
  }

  /** Copies a row; returns the place of its state. */
  read(index: number, row: Int32Array): number {
    const at = index * WIDTH
    for (let column = 0; column < ROW_LENGTH; column++) row[column] = this.#rows[at + column]!
    return this.#rows[at + ROW_LENGTH]!
  }

  emptied(): Frontier {
    this.length = 0
    return this
  }
}

const WIDTH = ROW_LENGTH + 1
