import { EventEmitter } from 'node:events'
import type { Strategy } from '../types/strategy.ts'
import type { Logger } from './logger.ts'
import { callObserver } from './observer-call.ts'
import type { OperationOutcome } from './operation.ts'

/** Why news about a strategy was not followed. */
export type IgnoredReason = 'unknown-value' | 'inactive-strategy' | 'old-epoch'

/** Why the strategy in use is suspected: calls failed twice, or none was answered for `suspectAfterMs`. */
export type SuspicionReason = 'calls-failed' | 'silence'

/** Why a query's strategy was forgotten. */
export type SweptReason = 'idle' | 'process-gone'

/** Everything the strategy logic makes visible, by event name. Times are monotonic milliseconds; nothing here is secret. */
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
  /** While calls were held, a deployment accepted the process that asks for all; every process of the host hears it. */
  'strategy:accepting': [{ strategy: Strategy; epoch: number }]
  'strategy:released': [{ strategy: Strategy; epoch: number; heldMs: number; calls: number }]
  'strategy:suspected': [{ strategy: Strategy; epoch: number; reason: SuspicionReason }]
  /** What a check of a suspected strategy came to. `moved`: new work goes to the other strategy from now on. */
  'strategy:checked': [
    { strategy: Strategy; epoch: number; active: CheckFinding; other: CheckFinding; verdict: 'moved' | 'stays' },
  ]
  'strategy:prewarm-failed': [{ strategy: Strategy; reason: string }]
  'strategy:swept': [{ queryId: string; strategy: Strategy; idleMs: number; reason: SweptReason }]
  'strategy:invalid': [{ value: string; call: string }]
  'strategy:store-unavailable': [{ reason: string }]
}

/** Whether a strategy's login and probe statement came back; `unknown` when the answer was not needed. */
export type CheckFinding = 'works' | 'fails' | 'unknown'

/**
 * Why new work moved: an announced deployment was ready, detection found one, the other one served what the active one had
 * refused, the active one was suspected and found to fail, a program said so, or another process of the host moved first
 * and this one followed.
 */
export type TransitionCause = 'announced' | 'detected' | 'forced' | 'suspected' | 'set' | 'shared'

/** What a query came to. */
export interface QueryEnd {
  queryId: string
  strategy: Strategy
  /** Read to its end, let go of before that, or failed. */
  outcome: OperationOutcome
  rows: number
  bytes: number
  durationMs: number
  /** From the statement to the first row; `undefined` when none came. */
  timeToFirstRowMs: number | undefined
}

/** What a connection makes visible beside the strategy's events. */
export interface ConnectionEvents extends StrategyEvents {
  'session:opened': [{ strategy: Strategy }]
  'session:renewed': [{ strategy: Strategy }]
  'query:started': [{ queryId: string; strategy: Strategy }]
  'query:restarted': [{ queryId: string; strategy: Strategy; reason: string }]
  'query:interrupted': [{ queryId: string; strategy: Strategy; rowsDelivered: number }]
  /** A result had another number of rows than its metadata promised. */
  'query:row-count-differs': [{ queryId: string; strategy: Strategy; promised: number; received: number }]
  /** The query is over on the server, however it ended; it had been started. */
  'query:finished': [QueryEnd]
  /** A query ended with an error; `query:finished` follows if it had been started. */
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
 * An emitter whose listeners can't break the connector: what one throws, or rejects with, is logged, and the others still hear the
 * event.
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

  /** How often each event has happened. */
  counts(): Partial<Record<keyof Events, number>> {
    return Object.fromEntries(this.#counts) as Partial<Record<keyof Events, number>>
  }

  /**
   * Passes every event on to another emitter as well. Returns how to stop.
   * @internal
   */
  forwardTo<Wider extends Events & Record<keyof Wider, unknown[]>>(target: EventHub<Wider>): () => void {
    const forward: Forward = (name, facts) => target.emit(name as never, ...(facts as never))
    this.#forwards.add(forward)
    return () => this.#forwards.delete(forward)
  }

  /**
   * Starts something once for a key, however many ask, for as long as anybody holds it. Returns how to let go.
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
