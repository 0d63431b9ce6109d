import { AsyncResource } from 'node:async_hooks'
import type { Strategy } from '../types/strategy.ts'
import type { Logger } from './logger.ts'

/** The address of a cluster's proxy. */
export interface ServerAddress {
  readonly address: string
  readonly port: number
}

/** A program's request to the cluster: a statement, or a catalog call. */
export interface Operation {
  readonly kind: 'query' | 'catalog'
  /** The statement's first keyword, such as `SELECT`, or the name of the catalog call. There are few values. */
  readonly name: string
  readonly catalog?: string | undefined
  readonly database?: string | undefined
  /** The statement as the program wrote it, with placeholders instead of values; only if requested. */
  readonly text?: string | undefined
}

/** Read to its end, released before that, or failed. */
export type OperationOutcome = 'finished' | 'left' | 'failed'

/** A failed try of a call, regardless of the call's final outcome. */
export interface FailedTry {
  readonly call: string
  /** The meaning of the answer, such as `strategy mismatch`. */
  readonly fault: string
  readonly strategy: Strategy | undefined
}

/** The location of a query. */
export interface QueryPlace {
  readonly queryId: string
  readonly strategy: Strategy
}

export interface OperationEnd {
  readonly outcome: OperationOutcome
  readonly durationMs: number
  /** The error; `undefined` unless the operation failed. */
  readonly error: unknown
}

/** An observer of operations. Each method receives the operation in its current state. */
export interface OperationObserver {
  /**
   * Called once, around the start of the operation: work started by `begin` belongs to it. Must return the result of
   * `begin`.
   */
  enter?<Result>(operation: OperationWatch, begin: () => Result): Result
  /** The query was prepared; `before` is its location before a restart. */
  placed?(operation: OperationWatch, place: QueryPlace, before: QueryPlace | undefined): void
  /** The engine has accepted the query and returned its metadata. */
  executed?(operation: OperationWatch, place: QueryPlace): void
  tryFailed?(operation: OperationWatch, facts: FailedTry): void
  /** The query is about to be run again from its start, and no longer runs at its place. */
  restarted?(operation: OperationWatch, place: QueryPlace, reason: string): void
  received?(operation: OperationWatch, rows: number, bytes: number): void
  ended?(operation: OperationWatch, end: OperationEnd): void
}

/** The part of an operation that recovery reports to. */
export type CallWatch = Pick<OperationWatch, 'tryFailed'>

interface WatchParts {
  readonly observers: readonly OperationObserver[]
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly logger: Logger
}

/**
 * The single boundary around an operation. It receives the events, keeps the facts, and passes them to the observers.
 * An observer that throws breaks nothing.
 */
export class OperationWatch {
  readonly operation: Operation
  readonly #parts: WatchParts
  readonly #startedAt: number
  readonly #isEntered: boolean
  #scope: AsyncResource | undefined
  #place: QueryPlace | undefined
  #isExecuted = false
  #restarts = 0
  #rows = 0
  #bytes = 0
  #timeToFirstRowMs: number | undefined
  #error: unknown
  #isOver = false

  constructor(operation: Operation, parts: WatchParts) {
    this.operation = operation
    this.#parts = parts
    this.#startedAt = parts.now()
    this.#isEntered = parts.observers.some(enters)
  }

  /** The location of its latest run; `undefined` until it is prepared. */
  get place(): QueryPlace | undefined {
    return this.#place
  }

  get isExecuted(): boolean {
    return this.#isExecuted
  }

  get restarts(): number {
    return this.#restarts
  }

  get rows(): number {
    return this.#rows
  }

  get bytes(): number {
    return this.#bytes
  }

  get timeToFirstRowMs(): number | undefined {
    return this.#timeToFirstRowMs
  }

  /**
   * Runs a part of the operation. For observers that propagate a context, work started there belongs to the operation.
   */
  within<Result>(work: () => Result): Result {
    if (!this.#isEntered) return work()
    if (this.#scope) return this.#scope.runInAsyncScope(work)
    const { observers } = this.#parts
    const begin = () => {
      this.#scope = new AsyncResource('E6DATA_OPERATION')
      return work()
    }
    return observers
      .filter(enters)
      .reduceRight<() => Result>((inner, observer) => () => this.#enter(observer, inner), begin)()
  }

  placed(place: QueryPlace): void {
    const before = this.#place
    this.#place = place
    this.#tell((observer) => observer.placed?.(this, place, before))
  }

  executed(): void {
    this.#isExecuted = true
    this.#tell((observer) => this.#place && observer.executed?.(this, this.#place))
  }

  tryFailed(facts: FailedTry): void {
    this.#tell((observer) => observer.tryFailed?.(this, facts))
  }

  restarted(reason: string): void {
    this.#restarts += 1
    this.#tell((observer) => this.#place && observer.restarted?.(this, this.#place, reason))
  }

  received(rows: number, bytes: number): void {
    if (rows > 0) this.#timeToFirstRowMs ??= this.#parts.now() - this.#startedAt
    this.#rows += rows
    this.#bytes += bytes
    this.#tell((observer) => observer.received?.(this, rows, bytes))
  }

  /** Records an error; the first one counts. */
  failed(error: unknown): void {
    this.#error ??= error
  }

  /** Ends the operation, once. After an error the outcome is `failed`. */
  end(outcome: OperationOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    const end = {
      outcome: this.#error === undefined ? outcome : 'failed',
      durationMs: this.#parts.now() - this.#startedAt,
      error: this.#error,
    } as const
    this.#tell((observer) => observer.ended?.(this, end))
  }

  #tell(tell: (observer: OperationObserver) => void): void {
    for (const observer of this.#parts.observers) {
      try {
        tell(observer)
      } catch (error) {
        this.#complain(error)
      }
    }
  }

  #enter<Result>(observer: OperationObserver, begin: () => Result): Result {
    let begun: { readonly result: Result } | undefined
    const once = () => {
      begun ??= { result: begin() }
      return begun.result
    }
    try {
      observer.enter?.(this, once)
    } catch (error) {
      this.#complain(error)
    }
    return once()
  }

  #complain(error: unknown): void {
    this.#parts.logger.error({ error: String(error) }, 'a query observer failed')
  }
}

const enters = (observer: OperationObserver) => observer.enter !== undefined

/**
 * Returns the stable code of a connector error, or the name of another error. Never its message, which may quote
 * values.
 */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
