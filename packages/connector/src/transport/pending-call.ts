import type { Expiring } from './deadline-timer.ts'
import { Exchange } from './exchange.ts'
import type { Http2Connection } from './http2-connection.ts'
import type { LossCause, SentCall, WireAnswer } from './unary-channel.ts'
import type { WireRequest } from './wire-request.ts'

/** The time a stream may stay open after its answer, in milliseconds: a proxy's error page may never end. */
const REST_MS = 1000

/** The events of a call, for the channel that owns it. */
export interface CallListener {
  now(): number
  /** A server has answered. */
  onResponse(): void
  /** The call no longer needs its connection. Its stream may stay open until `expiresAt`. */
  onAnswered(call: PendingCall): void
  /** The call has ended completely. */
  onOver(call: PendingCall): void
}

/** A call from its creation to its end: it waits for a connection, and then for its answer. */
export class PendingCall implements Expiring, SentCall {
  readonly answer: Promise<WireAnswer>
  expiresAt: number
  readonly #request: WireRequest
  readonly #listener: CallListener
  #resolve: (answer: WireAnswer) => void = () => undefined
  #exchange: Exchange | undefined
  #isAnswered = false
  #isClosed = false

  constructor(request: WireRequest, expiresAt: number, listener: CallListener) {
    this.#request = request
    this.expiresAt = expiresAt
    this.#listener = listener
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  get isAnswered(): boolean {
    return this.#isAnswered
  }

  /**
   * Sends the request over a connection.
   * @throws when the connection does not accept it; then nothing was sent
   */
  sendOver(connection: Http2Connection): void {
    this.#exchange = new Exchange(connection, this.#request, this)
  }

  /** Ends a call before anything was sent. */
  fail(cause: LossCause, reason: string): void {
    this.#settle({ kind: 'lost', cause, processed: 'no', reason })
  }

  /** Handles the expiry: the caller's time limit, or the limit for the stream after its answer. */
  expire(): void {
    this.cancel()
  }

  cancel(): void {
    this.#exchange?.cancel()
    this.#settle({ kind: 'given-up', handedOver: this.#exchange !== undefined })
  }

  /** @internal called by the exchange */
  onAnswer(answer: WireAnswer): void {
    if (answer.kind !== 'lost') this.#listener.onResponse()
    this.#settle(answer)
  }

  /** @internal called by the exchange */
  onClosed(): void {
    this.#isClosed = true
    if (this.#isAnswered) this.#listener.onOver(this)
  }

  #settle(answer: WireAnswer): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.#resolve(answer)
    this.expiresAt = Math.min(this.expiresAt, this.#listener.now() + REST_MS)
    this.#listener.onAnswered(this)
    if (this.#exchange === undefined || this.#isClosed) this.#listener.onOver(this)
  }
}
