import type { Expiring } from './deadline-timer.ts'
import { Exchange, type WireRequest } from './exchange.ts'
import type { Http2Connection } from './http2-connection.ts'
import type { LossCause, SentCall, WireAnswer } from './unary-channel.ts'

/** How long a response may go on whose meaning is known already, in milliseconds. */
const REST_MS = 1000

/** A call from when it is made until nothing is left of it: it waits for a connection, and then for its answer. */
export class PendingCall implements Expiring, SentCall {
  readonly answer: Promise<WireAnswer>
  expiresAt: number
  readonly #request: WireRequest
  readonly #now: () => number
  readonly #onOver: (call: PendingCall) => void
  #settle: (answer: WireAnswer) => void = () => undefined
  #exchange: Exchange | undefined
  #isAnswered = false

  /** @param onOver called once, when the call needs neither a timer nor a connection any more */
  constructor(request: WireRequest, expiresAt: number, now: () => number, onOver: (call: PendingCall) => void) {
    this.#request = request
    this.expiresAt = expiresAt
    this.#now = now
    this.#onOver = onOver
    this.answer = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get isAnswered(): boolean {
    return this.#isAnswered
  }

  /** Hands the request over. Returns whether the connection took it; if not, nothing was sent. */
  sendOver(connection: Http2Connection): boolean {
    try {
      this.#exchange = new Exchange(connection, this.#request, this)
      return true
    } catch {
      return false // the connection is about to be replaced, and no request left
    }
  }

  /** Ends a call that no connection took. */
  fail(cause: LossCause, reason: string): void {
    this.#end({ kind: 'lost', cause, processed: 'no', reason })
  }

  /** The time is up: the caller's, or that of what may follow an answer. */
  expire(): void {
    this.cancel()
  }

  cancel(): void {
    this.#exchange?.cancel()
    this.#end({ kind: 'given-up', handedOver: this.#exchange !== undefined })
  }

  /** @internal what the exchange reports */
  onAnswer(answer: WireAnswer): void {
    this.#isAnswered = true
    this.expiresAt = Math.min(this.expiresAt, this.#now() + REST_MS)
    this.#settle(answer)
  }

  /** @internal what the exchange reports */
  onClosed(): void {
    this.#onOver(this)
  }

  #end(answer: WireAnswer): void {
    this.#isAnswered = true
    this.#settle(answer)
    if (this.#exchange === undefined) this.#onOver(this)
  }
}
