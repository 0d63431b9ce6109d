import type { Ticket } from '../../src/strategy/strategy-change.ts'
import type { StrategyManager } from '../../src/strategy/strategy-manager.ts'
import type { ProbeAnswer } from '../../src/strategy/strategy-prober.ts'
import type { Verdict } from '../../src/strategy/strategy-suspicion.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import { DrivenManager, type Told } from './driven-manager.ts'
import { type ServedCall, servesEverywhere, waysToServe } from './engine-answers.ts'
import { transitionFault } from './invariants.ts'
import { PHASES } from './phases.ts'
import type { Rules } from './rules.ts'
import {
  type Host,
  type Medium,
  NOW,
  type Phase,
  type Routing,
  type SearchTicket,
  type Sent,
  type Statement,
} from './world.ts'

/** What those who wait for detection get. */
export type Released =
  | { readonly kind: 'ticket'; readonly ticket: SearchTicket }
  | { readonly kind: 'failed'; readonly error: unknown }

/** What a check came to that was asked for first at a time. */
export interface Checked {
  readonly askedAt: number
  readonly verdict: Verdict
}

/** The parts of a state that one actor sees and changes. */
export interface Local {
  /** How the deployments of the actor's user stand. */
  readonly routing: Routing
  /** Faults that may still come. */
  readonly faults: number
  readonly medium: Medium
  readonly host: Host
  /** The statement that acts, if it is one. */
  readonly statement?: Statement | undefined
}

/** One step of an actor. */
export interface Change extends Local {
  readonly label: string
  readonly kind: StepKind
  readonly violation: string | undefined
  /** For the statements of this process that wait for detection. */
  readonly released: Released | undefined
  /** For those that wait for a check. */
  readonly verdict: Checked | undefined
}

/** `later`: after a pause. `fault` and `outdated`: what a path that is to come to an end need not take. */
export type StepKind = 'work' | 'later' | 'fault' | 'outdated'

/** The managers of all processes, made when they are first needed. */
export class Managers {
  readonly #rules: Rules
  readonly #managers = new Map<string, DrivenManager>()

  constructor(rules: Rules) {
    this.#rules = rules
  }

  of({ user, process, life }: Host): DrivenManager {
    const key = `${user} ${process} ${life}`
    const manager = this.#managers.get(key) ?? new DrivenManager(this.#rules)
    this.#managers.set(key, manager)
    return manager
  }
}

/** One step while it is made: what the actor knows and changes, and what the step does to others. */
export class Scene {
  routing: Routing
  faults: number
  medium: Medium
  host: Host
  violation: string | undefined
  released: Released | undefined
  verdict: Checked | undefined
  kind: StepKind = 'work'
  readonly #lines: string[] = []
  #statement: Statement | undefined

  constructor(
    readonly rules: Rules,
    readonly managers: Managers,
    { routing, faults, medium, host, statement }: Local,
  ) {
    this.routing = routing
    this.faults = faults
    this.medium = medium
    this.host = host
    this.#statement = statement
  }

  get statement(): Statement {
    return this.#statement!
  }

  /** Adds to what a story says of the step. */
  tell(line: string): void {
    this.#lines.push(line)
  }

  change(): Change {
    const { routing, faults, medium, host, kind, violation, released, verdict } = this
    const local = { routing, faults, medium, host, statement: this.#statement }
    return { ...local, kind, violation, released, verdict, label: this.#lines.join('; ') }
  }

  setStatement(fields: Partial<Statement>): void {
    this.#statement = { ...this.statement, ...fields }
  }

  setHost(fields: Partial<Host>): void {
    this.host = { ...this.host, ...fields }
  }

  violates(what: string | undefined): void {
    this.violation ??= what
  }

  /** Drives the process's strategy manager. Statements that wait for detection hear what it reports. */
  drive<Value>(use: (manager: StrategyManager) => Value, onTold?: (told: Told) => void): Value {
    const { medium, host } = this
    const driven = this.managers.of(host).drive(medium, host, use)
    this.medium = driven.medium
    this.host = driven.host
    onTold?.(driven.told)
    this.#checkTransition(medium, host)
    if (driven.told.found && this.host.flight) this.found(driven.told.found)
    return driven.value
  }

  /** The process looks at what is shared; where it went on alone, it brings both together. */
  hearNews(): void {
    const { medium, host } = this
    const manager = this.managers.of(host)
    const heard = host.aloneFrom ? manager.meet(medium, host) : { medium, ...manager.hear(medium, host) }
    this.medium = heard.medium
    this.host = heard.host
    this.#checkTransition(medium, host)
    if (heard.told.found && this.host.flight) this.found(heard.told.found)
  }

  /** Detection has come to its end: those who wait go on. */
  found(ticket: Ticket): void {
    const { strategy, epoch } = ticket
    this.setHost({ flight: undefined, found: { ticket: { strategy, epoch }, at: NOW } })
    this.released = { kind: 'ticket', ticket: { strategy, epoch, isIssued: true } }
    this.drive((manager) => manager.stopAsking())
  }

  notFound(error: unknown): void {
    this.setHost({ flight: undefined })
    this.released = { kind: 'failed', error }
    this.drive((manager) => manager.stopAsking())
  }

  /** Tells the manager of an answer to new work. */
  accepted(ticket: Ticket, sentAt: number, announced: string | undefined): void {
    const { view, accepted } = this.host
    const isCurrent = view.active === ticket.strategy && view.epoch === ticket.epoch
    const isSame = accepted?.by.strategy === ticket.strategy && accepted.by.epoch === ticket.epoch
    const call = { sentAt, ...(announced === undefined ? {} : { announced }) }
    this.drive((manager) => manager.accepted(ticket, call))
    if (isCurrent) this.setHost({ accepted: { by: ticket, sentAt: Math.max(sentAt, isSame ? accepted.sentAt : 0) } })
  }

  pinnedAccepted({ ticket: { strategy, epoch } }: Sent, announced: string | undefined): void {
    this.drive((manager) => manager.pinnedAccepted({ strategy, epoch }, announced))
  }

  openSession(strategy: Strategy): void {
    const session = { isOpen: true, openedAt: NOW, isForgotten: false }
    this.setHost({ sessions: { ...this.host.sessions, [strategy]: session } })
  }

  /** The statement has come to its end. */
  end(outcome: Extract<Phase, { kind: 'done' }>['outcome'], why: string): void {
    this.tell(`the ${this.statement.name} is ${outcome}`)
    this.setStatement({ phase: { kind: 'done', outcome, why }, trouble: undefined })
  }

  /** One of those who wait for detection waits no more; with the last one it ends. */
  leaveFlight(): void {
    const { flight } = this.host
    if (!flight) return
    const waiting = flight.waiting - 1
    this.setHost({ flight: waiting > 0 ? { ...flight, waiting } : undefined })
    if (waiting === 0) this.drive((manager) => manager.stopAsking())
  }

  /** A login of this process, which must not be one too many. */
  countLogin(): void {
    this.setHost({ logins: this.host.logins + 1 })
  }

  servesEverywhere(strategy: Strategy): boolean {
    return servesEverywhere(strategy, this.routing)
  }

  /** A deployment has run a statement to its end, or taken a program's. */
  noteRan(strategy: Strategy): void {
    if (this.routing.ran[strategy]) return
    this.routing = { ...this.routing, ran: { ...this.routing.ran, [strategy]: true } }
  }

  /** Takes note of how a call ended on the side of the server. */
  served(way: ServedCall): void {
    this.tell(way.how)
    if (way.isOutdated || way.isFault) this.setHost({ logins: 0 })
    if (way.isOutdated) this.kind = 'outdated'
    if (!way.isFault) return
    this.kind = 'fault'
    this.faults -= 1
  }

  /** All ways in which asking a strategy for a login, or for a login and the probe statement, may end. */
  waysToProbe(strategy: Strategy, { withStatement }: { withStatement: boolean }): ServedCall[] {
    const { routing, faults } = this
    const facts = { isForgottenSession: false, isKilled: false }
    const logins = waysToServe('login', strategy, { routing, faults }, facts)
    if (!withStatement) return logins
    const statements = waysToServe('prepare', strategy, { routing, faults: 0 }, facts)
    return logins.flatMap((login) => (login.failure || login.isFault ? [login] : statements))
  }

  /** What a prober makes of it. */
  probeAnswer({ failure }: ServedCall, strategy: Strategy): ProbeAnswer {
    if (!failure) {
      const announced = this.announcedBy(strategy)
      return { kind: 'accepted', ...(announced ? { announced } : {}) }
    }
    const fault = this.rules.readFault(failure)
    const kind = this.rules.probeAnswerOf(fault.kind)
    return kind === 'mismatch' ? { kind } : { kind, error: { fault } }
  }

  announcedBy(strategy: Strategy): Strategy | undefined {
    return PHASES[this.routing.phase].announces[strategy]
  }

  #checkTransition(medium: Medium, host: Host): void {
    const isServing = (strategy: Strategy) => this.servesEverywhere(strategy)
    this.violates(transitionFault(medium.state, this.medium.state, { ran: this.routing.ran, isServing }))
    this.violates(transitionFault(host.view, this.host.view, undefined))
  }
}
