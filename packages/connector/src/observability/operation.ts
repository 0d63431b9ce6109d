import { AsyncResource } from 'node:async_hooks'
import type { Strategy } from '../types/strategy.ts'
import type { Logger } from './logger.ts'

/** Where the proxy of a cluster is. */
export interface ServerAddress {
  readonly address: string
  readonly port: number
}

/** Something a program asks of the cluster: a statement, or a question about the catalog. */
export interface Operation {
  readonly kind: 'query' | 'catalog'
  /** The statement's first keyword, such as `SELECT`, or the name of the catalog call. One of few. */
  readonly name: string
  readonly catalog?: string | undefined
  readonly database?: string | undefined
  /** The statement as the program wrote it, placeholders in place of values; only where it was asked for. */
  readonly text?: string | undefined
}

/** Read to its end; let go of before that; or ended by an error. */
export type OperationOutcome = 'finished' | 'left' | 'failed'

/** A try of a call that did not succeed, whatever became of the call in the end. */
export interface FailedTry {
  readonly call: string
  /** What the answer meant, such as `strategy mismatch`. */
  readonly fault: string
  readonly strategy: Strategy | undefined
}

/** Where a query runs. */
export interface QueryPlace {
  readonly queryId: string
  readonly strategy: Strategy
}

export interface OperationEnd {
  readonly outcome: OperationOutcome
  readonly durationMs: number
  /** What it failed with; `undefined` unless it failed. */
  readonly error: unknown
}

/** What watches operations. Each method is called as it happens, with the operation as far as it has got. */
export interface OperationObserver {
  /** Called once, with how to begin: whatever `begin` starts is part of the operation. Has to return what `begin` returns. */
  enter?<Result>(operation: OperationWatch, begin: () => Result): Result
  /** The query was prepared; `before` is where it ran before it was restarted. */
  placed?(operation: OperationWatch, place: QueryPlace, before: QueryPlace | undefined): void
  /** The engine has taken the query, and said what its result looks like. */
  executed?(operation: OperationWatch, place: QueryPlace): void
  tryFailed?(operation: OperationWatch, facts: FailedTry): void
  /** The query is about to be run again from its start, and no longer where it ran. */
  restarted?(operation: OperationWatch, place: QueryPlace, reason: string): void
  received?(operation: OperationWatch, rows: number, bytes: number): void
  ended?(operation: OperationWatch, end: OperationEnd): void
}

/** What recovery tells of a call. */
export type CallWatch = Pick<OperationWatch, 'tryFailed'>

interface WatchParts {
  readonly observers: readonly OperationObserver[]
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly logger: Logger
}

/**
 * The one boundary around an operation: it is told what happens, keeps the facts, and passes them on to whoever
 * observes. An observer that throws breaks nothing.
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

  /** Where its latest run is, or was; `undefined` until it is prepared. */
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

  /** Runs a part of the operation; observers that pass a context on see what it starts as part of it. */
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

  /** Notes what went wrong; the first error counts. */
  failed(error: unknown): void {
    this.#error ??= error
  }

  /** Ends it, once; one that has failed has failed, however it ends. */
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

/** The stable code of an error of this connector, or the name of any other. Never its message, which may quote values. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
