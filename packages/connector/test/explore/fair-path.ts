import { isServed } from './engine-answers.ts'
import type { MoveKind } from './move.ts'
import type { Moves } from './moves.ts'
import { ROW_LENGTH } from './row.ts'
import { firstStatements, type Scenario } from './scenarios.ts'
import { hash, type StateHash } from './state-set.ts'
import { NOW, type World } from './world.ts'

/** Time that passes where no process has anything to do; where no deployment serves, until calls are held no longer. In milliseconds. */
const PAUSE = { kind: 'tick', ms: 1100 } as const
const LONG_PAUSE = { kind: 'tick', ms: 31_000 } as const

/** A path that is longer goes round in circles. */
const LONGEST_PATH = 400

/** A call that is held for longer already may run into its limit. */
const HELD_LATELY_MS = 11_000

/**
 * Looks from a state for a way on which every call comes to its end and, where a deployment serves, the next statements succeed.
 * On it nothing fails any more, proxies learn first, and every process does what it can before time passes. States from which there is
 * one are remembered: the way from most states soon meets that of another.
 */
export class FairPath {
  readonly #moves: Moves
  readonly #scenario: Scenario
  /** By the low and the high half of a hash. */
  readonly #good = new Set<number>()

  constructor(moves: Moves, scenario: Scenario) {
    this.#moves = moves
    this.#scenario = scenario
  }

  /** Returns what is wrong, and what happens until then; nothing when all is well. */
  faultFrom(row: Int32Array): { readonly what: string; readonly story: string[] } | undefined {
    const path: number[] = []
    const story: string[] = []
    const world = this.#moves.worldOf(row)
    const mustServe = isReachable(world)
    let at: Int32Array = Int32Array.from(row)
    let isSecond = false
    for (let steps = 0; steps < LONGEST_PATH; steps++) {
      if (!isSecond) {
        const key = keyOf(hash(at))
        if (this.#good.has(key)) return this.#remember(path)
        path.push(key)
      }
      const next = this.#next(at)
      if (next) {
        story.push(next.label)
        if (next.violation) return { what: next.violation, story }
        at = next.row
        continue
      }
      const ended = this.#moves.worldOf(at)
      const fault = isSecond ? secondFault(ended) : mustServe && heldFault(world, ended)
      if (fault) return { what: fault, story }
      if (isSecond || !mustServe) return this.#remember(path)
      isSecond = true
      story.push('the same statements are started once more')
      at = this.#moves.rowOf({ ...ended, statements: firstStatements(this.#scenario) })
    }
    return { what: 'statements never end, although every process does what it can', story: story.slice(0, 60) }
  }

  #remember(path: readonly number[]): undefined {
    for (const key of path) this.#good.add(key)
  }

  /** What happens next on the way; nothing at its end. */
  #next(row: Int32Array): WayStep | undefined {
    const step = this.#first(row, ['learn', 'work'])
    if (step) return step
    const world = this.#moves.worldOf(row)
    if (world.statements.every(({ phase }) => phase.kind === 'done')) return undefined
    const pause = isReachable(world) ? PAUSE : LONG_PAUSE
    const rested = this.#moves.after(row, pause)
    if (!rested) return undefined
    const later = Int32Array.from(rested)
    const label = `${pause.ms} ms pass`
    const again = this.#first(later, ['later'])
    return again
      ? { ...again, label: `${label}; ${again.label}` }
      : { row: later, label, violation: this.#moves.faultIn(later) }
  }

  /** The first step of certain kinds that changes anything. */
  #first(row: Int32Array, kinds: readonly MoveKind[]): WayStep | undefined {
    let first: WayStep | undefined
    const take = (next: Int32Array, label: string, kind: MoveKind, violation: string | undefined) => {
      if (!first && kinds.includes(kind) && !isSame(row, next)) first = { row: Int32Array.from(next), label, violation }
    }
    this.#moves.happen(row, take)
    if (!first) this.#moves.follow(row, take)
    return first
  }
}

interface WayStep {
  readonly row: Int32Array
  readonly label: string
  readonly violation: string | undefined
}

/** Whether every user whose statements take part has a deployment that serves. */
function isReachable({ routings, statements }: World): boolean {
  return statements.every(({ user }) => isServed(routings[user]))
}

/** Calls that were not held for long are released where a deployment serves. */
function heldFault(before: World, after: World): string | undefined {
  for (const [index, { phase }] of after.statements.entries()) {
    const was = before.statements[index]!.phase
    const isHeldLately = was.kind === 'waiting' && NOW - was.since <= HELD_LATELY_MS
    if (isHeldLately && phase.kind === 'done' && phase.why.startsWith('no strategy')) {
      return `the ${after.statements[index]!.name} was held to its limit, and a deployment serves`
    }
  }
  return undefined
}

function secondFault({ statements }: World): string | undefined {
  for (const { phase, name } of statements) {
    if (phase.kind === 'done' && phase.outcome !== 'ok' && phase.outcome !== 'gone') {
      return `a deployment serves, and the next ${name} is ${phase.outcome} (${phase.why})`
    }
  }
  return undefined
}

function isSame(one: Int32Array, other: Int32Array): boolean {
  for (let index = 0; index < ROW_LENGTH; index++) if (one[index] !== other[index]) return false
  return true
}

const keyOf = ({ low, high }: StateHash): number => (high & 0xfffff) * 2 ** 32 + low
