import { EventEmitter } from 'node:events'
import type { Strategy } from '../types/strategy.ts'
import type { Logger } from './logger.ts'
import { callObserver } from './observer-call.ts'
import type { OperationOutcome } from './operation.ts'

/** The reason why an announcement was not followed. */
export type IgnoredReason = 'unknown-value' | 'inactive-strategy' | 'old-epoch'

/** The reason for suspecting the active strategy: calls failed twice, or none was answered for `suspectAfterMs`. */
export type SuspicionReason = 'calls-failed' | 'silence'

/** The reason for dropping a query's pinned strategy. */
export type SweptReason = 'idle' | 'process-gone'

/** The events of the strategy logic, by name. Times are monotonic milliseconds; nothing here is secret. */
export interface StrategyEvents {
  'strategy:announced': [{ strategy: Strategy; active: Strategy; epoch: number }]
  'strategy:withdrawn': [{ strategy: Strategy; active: Strategy; epoch: number }]
  'strategy:ready': [{ strategy: Strategy; epoch: number }]
  'strategy:transition': [{ from: Strategy | undefined; to: Strategy; epoch: number; cause: TransitionCause }]
  'strategy:cleared': [{ from: Strategy; epoch: number }]
  'strategy:detected': [{ strategy: Strategy; epoch: number; rounds: number; heldMs: number }]
  'strategy:mismatch': [{ strategy: Strategy; epoch: number; call: string }]
  'strategy:ignored': [{ reason: IgnoredReason; value: string; epoch: number }]
  'strategy:held': [{ calls: number; epoch: number }]
  /**
   * While calls were held, a deployment accepted the process that polls for all; every process of the host gets the
   * event.
   */
  'strategy:accepting': [{ strategy: Strategy; epoch: number }]
  'strategy:released': [{ strategy: Strategy; epoch: number; heldMs: number; calls: number }]
  'strategy:suspected': [{ strategy: Strategy; epoch: number; reason: SuspicionReason }]
  /** The outcome of a check of a suspected strategy. `moved`: new work now goes to the other strategy. */
  'strategy:checked': [
    { strategy: Strategy; epoch: number; active: CheckFinding; other: CheckFinding; verdict: 'moved' | 'stays' },
  ]
  'strategy:prewarm-failed': [{ strategy: Strategy; reason: string }]
  'strategy:swept': [{ queryId: string; strategy: Strategy; idleMs: number; reason: SweptReason }]
  'strategy:invalid': [{ value: string; call: string }]
  'strategy:store-unavailable': [{ reason: string }]
}

/** Whether a strategy's login and probe statement succeeded; `unknown` when the answer was not needed. */
export type CheckFinding = 'works' | 'fails' | 'unknown'

/**
 * The cause of a switch of new work: an announced deployment was ready, detection found one, the other one served work
 * that the active one had refused, the active one was suspected and found to fail, a program requested it, or this
 * process followed another process of the host.
 */
export type TransitionCause = 'announced' | 'detected' | 'forced' | 'suspected' | 'set' | 'shared'

/** The end of a query. */
export interface QueryEnd {
  queryId: string
  strategy: Strategy
  /** Read to its end, released before that, or failed. */
  outcome: OperationOutcome
  rows: number
  bytes: number
  durationMs: number
  /** The time from the statement to the first row, in milliseconds; `undefined` without a row. */
  timeToFirstRowMs: number | undefined
}

/** The events of a connection, including those of its strategy. */
export interface ConnectionEvents extends StrategyEvents {
  'session:opened': [{ strategy: Strategy }]
  'session:renewed': [{ strategy: Strategy }]
  'query:started': [{ queryId: string; strategy: Strategy }]
  'query:restarted': [{ queryId: string; strategy: Strategy; reason: string }]
  'query:interrupted': [{ queryId: string; strategy: Strategy; rowsDelivered: number }]
  /** The number of rows in a result differed from its metadata. */
  'query:row-count-differs': [{ queryId: string; strategy: Strategy; promised: number; received: number }]
  /** A started query has ended on the server, for any reason. */
  'query:finished': [QueryEnd]
  /** A query failed; `query:finished` follows if it had been started. */
  'query:failed': [{ queryId: string | undefined; strategy: Strategy | undefined; code: string }]
  'cluster:suspended': [{ call: string }]
  'cluster:resuming': [{ status: string; waitedMs: number }]
  'cluster:active': [{ waitedMs: number }]
}

type Forward = (name: string, facts: unknown[]) => void

interface Attachment {
  holders: number
  readonly stop: () => void
}

/**
 * An emitter whose listeners cannot break the connector: a listener's exception or rejection is logged, and the other
 * listeners still receive the event.
 */
export class EventHub<Events extends Record<keyof Events, unknown[]>> {
  readonly #emitter = new EventEmitter().setMaxListeners(0)
  readonly #forwards = new Set<Forward>()
  readonly #counts = new Map<keyof Events, number>()
  readonly #attachments = new Map<object, Attachment>()

  /** @internal */
  logger: Logger

  /** @internal */
  constructor(logger: Logger) {
    this.logger = logger
  }

  on<Name extends keyof Events & string>(name: Name, listener: (...facts: Events[Name]) => void): this {
    this.#emitter.on(name, listener as (...facts: unknown[]) => void)
    return this
  }

  once<Name extends keyof Events & string>(name: Name, listener: (...facts: Events[Name]) => void): this {
    this.#emitter.once(name, listener as (...facts: unknown[]) => void)
    return this
  }

  off<Name extends keyof Events & string>(name: Name, listener: (...facts: Events[Name]) => void): this {
    this.#emitter.off(name, listener as (...facts: unknown[]) => void)
    return this
  }

  /** @internal */
  emit<Name extends keyof Events & string>(name: Name, ...facts: Events[Name]): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    for (const forward of this.#forwards) forward(name, facts)
    for (const listener of this.#emitter.rawListeners(name)) {
      callObserver(
        () => Reflect.apply(listener, this, facts),
        (error) => this.logger.error({ event: name, error: String(error) }, 'an event listener failed'),
      )
    }
  }

  /** The number of times each event has happened. */
  counts(): Partial<Record<keyof Events, number>> {
    return Object.fromEntries(this.#counts) as Partial<Record<keyof Events, number>>
  }

  /**
   * Forwards every event to another emitter. Returns a function to stop.
   * @internal
   */
  forwardTo<Wider extends Events & Record<keyof Wider, unknown[]>>(target: EventHub<Wider>): () => void {
    const forward: Forward = (name, facts) => target.emit(name as never, ...(facts as never))
    this.#forwards.add(forward)
    return () => this.#forwards.delete(forward)
  }

  /**
   * Starts something once per key, shared by all callers, until the last caller releases it. Returns the release
   * function.
   * @internal
   */
  attach(key: object, start: () => () => void): () => void {
    const attachment = this.#attachments.get(key) ?? { holders: 0, stop: start() }
    this.#attachments.set(key, attachment)
    attachment.holders += 1
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      attachment.holders -= 1
      if (attachment.holders > 0) return
      this.#attachments.delete(key)
      attachment.stop()
    }
  }

  /** @internal */
  removeAllListeners(): void {
    this.#emitter.removeAllListeners()
  }
}
