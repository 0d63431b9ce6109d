import { STRATEGIES, type Strategy } from '../../src/types/strategy.ts'
import {
  accidentsOf,
  agedHost,
  agedMedium,
  agedStatement,
  alone,
  behind,
  flushed,
  forgetful,
  type Happening,
  killed,
  learnt,
  movedTo,
  movesOf,
  orphaned,
  restarted,
  TICKS,
  tellHappening,
  untroubled,
} from './environment.ts'
import { hostSteps } from './host-steps.ts'
import { loginFault, outcomeFault, stuckFault } from './invariants.ts'
import type { Emit, Move } from './move.ts'
import { ABSENT, Memo, Parts } from './parts.ts'
import { checked, resume } from './recover.ts'
import {
  ACCIDENTS,
  AGE_HOST,
  AGE_MEDIUM,
  AGE_STATEMENT,
  CALL,
  FALL_BEHIND,
  FLUSH,
  FORGET_LOGINS,
  FORGET_SESSION,
  HOST,
  KILL,
  LEARN,
  LOSE,
  MEDIUM,
  MOST_ACCIDENTS,
  ORPHAN,
  PHASE,
  PHASE_NAMES,
  RESTART,
  ROUTING,
  ROW_LENGTH,
  STATEMENT,
} from './row.ts'
import type { Rules } from './rules.ts'
import { mediumOf, type Scenario } from './scenarios.ts'
import { type Checked, Managers, type Released, Scene } from './scene.ts'
import { type Step, statementSteps } from './statement-steps.ts'
import type { Host, Medium, Process, Routing, Statement, User, World } from './world.ts'

interface ToldHappening {
  readonly happening: Happening
  readonly label: string
}

/** Where a statement or a process is in a row. */
interface Place {
  readonly routing: number
  readonly medium: number
  readonly host: number
}

/** All that can follow a state. What one actor can do is worked out once for all that it sees, and remembered. */
export class Moves {
  readonly #routings = new Parts<Routing>()
  readonly #media = new Parts<Medium>()
  readonly #hosts = new Parts<Host>()
  readonly #statements = new Parts<Statement>()
  readonly #calls = new Parts<Released | Checked>()
  readonly #steps = new Memo<readonly Move[]>()
  readonly #continued = new Memo<Move>()
  readonly #happened = new Memo<number>()
  readonly #happenings = new Memo<readonly ToldHappening[]>()
  readonly #faults = new Memo<string>()
  readonly #rules: Rules
  readonly #managers: Managers
  readonly #places: readonly Place[]
  readonly #hostPlaces: readonly Place[]
  readonly #users: readonly User[]
  readonly #accidents: readonly ToldHappening[]
  readonly #row = new Int32Array(ROW_LENGTH)

  constructor(scenario: Scenario, rules: Rules) {
    this.#rules = rules
    this.#managers = new Managers(rules)
    const place = ({ user, process }: { user: User; process: Process }): Place => ({
      routing: ROUTING + user,
      medium: MEDIUM + mediumOf(user, rules),
      host: HOST + user * 2 + process,
    })
    this.#places = [place(scenario.read), place(scenario.write)]
    this.#hostPlaces = scenario.hosts.map(place)
    this.#users = [...new Set(scenario.hosts.map(({ user }) => user))]
    this.#accidents = this.#told(accidentsOf(this.#users))
  }

  rowOf({ accidents, routings, media, hosts, statements }: World): Int32Array {
    return Int32Array.from([
      accidents,
      ...routings.map((routing) => this.#routings.numberOf(routing)),
      ...media.map((medium) => this.#media.numberOf(medium)),
      ...hosts.map((host) => (host ? this.#hosts.numberOf(host) : ABSENT)),
      ...statements.map((statement) => this.#statements.numberOf(statement)),
    ])
  }

  worldOf(row: Int32Array): World {
    const host = (place: number) => (row[place] === ABSENT ? undefined : this.#hosts.at(row[place]!))
    return {
      accidents: row[ACCIDENTS]!,
      routings: [this.#routings.at(row[ROUTING]!), this.#routings.at(row[ROUTING + 1]!)],
      media: [this.#media.at(row[MEDIUM]!), this.#media.at(row[MEDIUM + 1]!)],
      hosts: [host(HOST), host(HOST + 1), host(HOST + 2), host(HOST + 3)],
      statements: [this.#statements.at(row[STATEMENT]!), this.#statements.at(row[STATEMENT + 1]!)],
    }
  }

  /** How many different situations of one actor were worked out. */
  get situations(): number {
    return this.#steps.size
  }

  /** Emits every state that can follow one by a step of a statement, a process or the server. */
  follow(row: Int32Array, emit: Emit): void {
    for (let index = 0; index < this.#places.length; index++) {
      const place = this.#places[index]!
      for (const move of this.#moves(row, place, STATEMENT + index)) {
        this.#applied(row, place, move, STATEMENT + index, emit)
      }
    }
    for (const place of this.#hostPlaces) {
      for (const move of this.#moves(row, place, undefined)) this.#applied(row, place, move, undefined, emit)
    }
  }

  /** Emits every state that can follow one by what happens in the world. */
  happen(row: Int32Array, emit: Emit): void {
    for (const user of this.#users) {
      const routing = row[ROUTING + user]!
      const moves = this.#happenings.at(1, user, routing, 0, () =>
        this.#told(movesOf(this.#routings.at(routing), user)),
      )
      for (let index = 0; index < moves.length; index++) this.#happens(row, moves[index]!, emit)
    }
    if (row[ACCIDENTS] === 0) return
    for (let index = 0; index < this.#accidents.length; index++) this.#happens(row, this.#accidents[index]!, emit)
  }

  #told(all: readonly Happening[]): ToldHappening[] {
    return all.map((happening) => ({ happening, label: tellHappening(happening, this.#users.length) }))
  }

  #happens(row: Int32Array, { happening, label }: ToldHappening, emit: Emit): void {
    const next = this.after(row, happening)
    if (next) emit(next, label, happening.kind, this.faultIn(next))
  }

  /** What a happening makes of a state; nothing where it finds nothing to happen to. The row is used again. */
  after(row: Int32Array, happening: Happening): Int32Array | undefined {
    const next = this.#row
    next.set(row)
    if (!this.#touch(next, row, happening)) return undefined
    const isAccident = happening.kind !== 'phase' && happening.kind !== 'learn'
    if (isAccident && row[ACCIDENTS]! > 0) next[ACCIDENTS] = row[ACCIDENTS]! - 1
    if (happening.kind !== 'kill') this.#forgetLogins(next)
    return next
  }

  #touch(next: Int32Array, row: Int32Array, happening: Happening): boolean {
    switch (happening.kind) {
      case 'phase': {
        const { user, to } = happening
        next[ROUTING + user] = this.#changed(
          PHASE + PHASE_NAMES.indexOf(to),
          row[ROUTING + user]!,
          this.#routings,
          (it) => movedTo(it, to),
        )
        return true
      }
      case 'learn': {
        const { user } = happening
        next[ROUTING + user] = this.#changed(LEARN, row[ROUTING + user]!, this.#routings, learnt)
        return true
      }
      case 'tick':
        this.#age(next, happening.ms)
        return true
      case 'expire': {
        for (const { host } of this.#hostPlaces) {
          if (this.#hosts.at(row[host]!).user === happening.user)
            next[host] = this.#forget(row[host]!, happening.strategy)
        }
        return this.#hostPlaces.some(({ host }) => next[host] !== row[host])
      }
      case 'kill': {
        const place = happening.statement === 'read' ? STATEMENT : STATEMENT + 1
        next[place] = this.#changed(KILL, row[place]!, this.#statements, killed)
        return next[place] !== row[place]
      }
      case 'restart':
        return this.#restart(next, row, happening.process)
      case 'lose': {
        for (const { host } of this.#hostPlaces) {
          const { process } = this.#hosts.at(row[host]!)
          if (process === happening.process) next[host] = this.#changed(LOSE, row[host]!, this.#hosts, alone)
        }
        return this.#hostPlaces.some(({ host }) => next[host] !== row[host])
      }
      default:
        return happening satisfies never
    }
  }

  #age(next: Int32Array, ms: (typeof TICKS)[number]): void {
    const tick = TICKS.indexOf(ms)
    for (const { host, medium } of this.#hostPlaces) {
      const [shared, own] = [next[medium]!, next[host]!]
      if (ms >= FLUSHED_AFTER_MS) {
        next[medium] = this.#once(FLUSH, shared, own, () =>
          this.#media.numberOf(flushed(this.#media.at(shared), this.#hosts.at(own))),
        )
      }
    }
    for (const place of [MEDIUM, MEDIUM + 1]) {
      next[place] = this.#changed(AGE_MEDIUM + tick, next[place]!, this.#media, (part) => agedMedium(part, ms))
    }
    for (const { host } of this.#hostPlaces) {
      next[host] = this.#changed(AGE_HOST + tick, next[host]!, this.#hosts, (part) => agedHost(part, ms))
    }
    for (const place of [STATEMENT, STATEMENT + 1]) {
      next[place] = this.#changed(AGE_STATEMENT + tick, next[place]!, this.#statements, (part) =>
        agedStatement(part, ms),
      )
    }
  }

  #restart(next: Int32Array, row: Int32Array, process: Process): boolean {
    const hosts = this.#hostPlaces.filter(({ host }) => this.#hosts.at(row[host]!).process === process)
    for (const { host, medium } of hosts) {
      next[host] = this.#once(RESTART, row[host]!, row[medium]!, () =>
        this.#hosts.numberOf(restarted(this.#hosts.at(row[host]!), this.#media.at(row[medium]!))),
      )
    }
    for (const place of [STATEMENT, STATEMENT + 1]) {
      if (this.#statements.at(row[place]!).process !== process) continue
      next[place] = this.#changed(ORPHAN, row[place]!, this.#statements, orphaned)
    }
    return hosts.length > 0
  }

  #forget(host: number, strategy: Strategy): number {
    return this.#changed(FORGET_SESSION + STRATEGIES.indexOf(strategy), host, this.#hosts, (part) =>
      forgetful(part, strategy),
    )
  }

  #forgetLogins(next: Int32Array): void {
    for (const { host } of this.#hostPlaces) {
      next[host] = this.#changed(FORGET_LOGINS, next[host]!, this.#hosts, untroubled)
    }
  }

  /** Whether all is as it must be in a state. */
  faultIn(row: Int32Array): string | undefined {
    for (let index = 0; index < this.#places.length; index++) {
      const { host } = this.#places[index]!
      const statement = row[STATEMENT + index]!
      const fault = this.#faults.at(row[host]!, statement, 0, 0, () => {
        const own = this.#hosts.at(row[host]!)
        const it = this.#statements.at(statement)
        return outcomeFault(it) ?? stuckFault(it, own) ?? loginFault(own) ?? ''
      })
      if (fault !== '') return fault
    }
    return undefined
  }

  /** All that matters of the world to an actor, in one number. */
  #around(row: Int32Array, { routing }: Place): number {
    return row[routing]! * MOST_ACCIDENTS + row[ACCIDENTS]!
  }

  #moves(row: Int32Array, actor: Place, place: number | undefined): readonly Move[] {
    const statement = place === undefined ? ABSENT : row[place]!
    return this.#steps.at(row[actor.host]!, statement, this.#around(row, actor), row[actor.medium]!, () => {
      const scene = () => this.#scene(row, actor, place)
      const find = place === undefined ? hostSteps : statementSteps
      return find(scene()).map((step) => this.#made(scene(), step))
    })
  }

  #scene(row: Int32Array, { routing, medium, host }: Place, place: number | undefined): Scene {
    return new Scene(this.#rules, this.#managers, {
      routing: this.#routings.at(row[routing]!),
      faults: row[ACCIDENTS]!,
      medium: this.#media.at(row[medium]!),
      host: this.#hosts.at(row[host]!),
      statement: place === undefined ? undefined : this.#statements.at(row[place]!),
    })
  }

  #made(scene: Scene, step: Step): Move {
    const { medium: before, faults: faultsBefore } = scene
    step(scene)
    const { routing, faults, medium, host, statement, ...rest } = scene.change()
    return {
      ...rest,
      routing: this.#routings.numberOf(routing),
      faultsSpent: faultsBefore - faults,
      medium: this.#media.numberOf(medium),
      host: this.#hosts.numberOf(host),
      statement: statement ? this.#statements.numberOf(statement) : ABSENT,
      isPublished: medium.state !== before.state,
    }
  }

  #applied(row: Int32Array, place: Place, move: Move, statementPlace: number | undefined, emit: Emit): void {
    const next = this.#row
    next.set(row)
    let { label, violation } = move
    this.#put(next, place, move, statementPlace)
    for (let waiting: Move | undefined = move; waiting && (waiting.released || waiting.verdict); ) {
      const call: Released | Checked = waiting.released ?? waiting.verdict!
      waiting = undefined
      for (let index = 0; index < this.#places.length; index++) {
        if (this.#places[index]!.host !== place.host) continue
        const answered = this.#called(next, place, STATEMENT + index, call)
        this.#put(next, place, answered, STATEMENT + index)
        if (answered.label !== '') label += `; ${answered.label}`
        violation ??= answered.violation
        if (answered.released || answered.verdict) waiting = answered
      }
    }
    emit(next, label, move.kind, violation ?? this.faultIn(next))
  }

  /** What a statement does that hears what it has waited for. */
  #called(row: Int32Array, place: Place, statement: number, call: Released | Checked): Move {
    const number = this.#calls.numberOf(call)
    const key = this.#continuedKey(row[statement]!, number)
    return this.#continued.at(row[place.host]!, key, this.#around(row, place), row[place.medium]!, () =>
      this.#made(this.#scene(row, place, statement), (scene) =>
        'kind' in call ? resume(scene, call) : checked(scene, call.askedAt, call.verdict),
      ),
    )
  }

  #continuedKey(statement: number, call: number): number {
    return this.#once(CALL, statement, call, () => this.#keys++)
  }

  #keys = 1

  #put(next: Int32Array, place: Place, move: Move, statementPlace: number | undefined): void {
    next[place.routing] = move.routing
    next[ACCIDENTS] = next[ACCIDENTS]! - move.faultsSpent
    next[place.medium] = move.medium
    next[place.host] = move.host
    if (statementPlace !== undefined) next[statementPlace] = move.statement
    if (!move.isPublished) return
    for (const { medium, host } of this.#hostPlaces) {
      if (medium === place.medium && host !== place.host) {
        next[host] = this.#changed(FALL_BEHIND, next[host]!, this.#hosts, behind)
      }
    }
  }

  #once(what: number, first: number, second: number, make: () => number): number {
    return this.#happened.at(what, first, second, 0, make)
  }

  #changed<Part extends object>(
    what: number,
    number: number,
    parts: Parts<Part>,
    change: (part: Part) => Part,
  ): number {
    return this.#happened.at(what, number, 0, 0, () => parts.numberOf(change(parts.at(number))))
  }
}

/** As in the connector: what is confirmed is written down so much later. */
const FLUSHED_AFTER_MS = 100
