import { type Clock, systemClock } from '../time/clock.ts'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { DeadlineTimer } from './deadline-timer.ts'
import { compress } from './gzip.ts'
import { type ConnectionListener, Http2Connection } from './http2-connection.ts'
import { type CallListener, PendingCall } from './pending-call.ts'
import { Reconnection } from './reconnection.ts'
import { errorReason } from './socket-events.ts'
import { type SentCall, type UnaryChannel, unsent, type WireCall } from './unary-channel.ts'
import { RequestMaker, type WireRequest } from './wire-request.ts'

/** Opens a new channel to the cluster's proxy. It connects at the first call. */
export function openChannel(options: ResolvedChannelOptions, clock: Clock = systemClock): Channel {
  return new Channel(options, clock)
}

/**
 * Sends calls over one HTTP/2 connection at a time, and opens another when that one ends, drains or goes silent. Calls
 * wait here while there is no connection or the server accepts no more of them, each until its own time limit.
 */
export class Channel implements UnaryChannel, CallListener, ConnectionListener {
  readonly #options: ResolvedChannelOptions
  readonly #clock: Clock
  readonly #requests: RequestMaker
  readonly #calls: DeadlineTimer<PendingCall>
  readonly #waiting = new Set<PendingCall>()
  readonly #connections = new Set<Http2Connection>()
  readonly #reconnection: Reconnection
  #current: Http2Connection | undefined
  #keepaliveTimeMs: number
  /** Whether calls wait for a connection to open, or for one to prove that it is alive. */
  #isPreparing = false
  #isClosed = false
  #onChange: () => void = () => undefined

  constructor(options: ResolvedChannelOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#calls = new DeadlineTimer(clock)
    this.#reconnection = new Reconnection(clock, options.connectTimeoutMs)
    this.#requests = new RequestMaker(options)
    this.#keepaliveTimeMs = options.keepaliveTimeMs
  }

  send(call: WireCall): SentCall {
    if (this.#isClosed) return unsent({ kind: 'given-up', handedOver: false })
    const request = this.#requests.make(call)
    if ('cause' in request) return unsent({ kind: 'lost', processed: 'no', ...request })
    const pending = new PendingCall(request, this.now() + call.timeoutMs, this)
    this.#calls.add(pending)
    if (this.#options.compression === 'none') this.#route(pending, call)
    else void this.#routeCompressed(request, pending, call)
    return pending
  }

  get usable(): boolean {
    return !this.#isClosed && (this.#current !== undefined || !this.#reconnection.hasFailed)
  }

  /** Calls `listener` whenever `usable` may have changed. */
  onChange(listener: () => void): void {
    this.#onChange = listener
  }

  close(): void {
    this.#isClosed = true
    this.#reconnection.stop()
    for (const call of [...this.#calls.items]) call.cancel()
    for (const connection of this.#connections) connection.destroy('the channel was closed')
    this.#calls.stop()
    this.#onChange()
  }

  async #routeCompressed(request: WireRequest, pending: PendingCall, call: WireCall): Promise<void> {
    try {
      request.body = await compress(call.request)
      request.isCompressed = true
      this.#route(pending, call)
    } catch (error) {
      pending.fail('bad-request', `the request cannot be compressed: ${errorReason(error)}`)
    }
  }

  #route(pending: PendingCall, call: WireCall): void {
    if (pending.isAnswered) return
    if (call.connection === 'new') void this.#sendAlone(pending)
    else {
      this.#waiting.add(pending)
      this.#serve()
    }
  }

  /** Sends waiting calls while a connection accepts them. */
  #serve(): void {
    for (const call of this.#waiting) {
      if (this.#isClosed || this.#isPreparing) return
      const connection = this.#current
      if (!connection?.isOpen) void this.#prepare(this.#connect())
      else if (connection.isDoubtful) void this.#prepare(connection.prove())
      else if (!connection.hasRoom) return
      else this.#handOver(call, connection)
    }
  }

  #handOver(call: PendingCall, connection: Http2Connection): void {
    try {
      call.sendOver(connection)
      this.#waiting.delete(call)
    } catch (error) {
      // Nothing was sent. If the connection is still good, the request itself is at fault; otherwise the connection is
      // replaced.
      if (connection.isOpen) call.fail('bad-request', errorReason(error))
      else this.onRetired(connection)
    }
  }

  /** Waits for a connection on behalf of all waiting calls. */
  async #prepare(work: Promise<void>): Promise<void> {
    this.#isPreparing = true
    await work
    this.#isPreparing = false
    this.#onChange()
    this.#serve()
  }

  /** Never rejects: the calls that wait for the connection receive the failure. */
  async #connect(): Promise<void> {
    try {
      this.#current = await this.#reconnection.attempt((signal) => this.#open(signal))
    } catch (error) {
      this.#onChange()
      for (const call of [...this.#waiting]) call.fail('not-connected', errorReason(error))
    }
  }

  async #open(signal: AbortSignal): Promise<Http2Connection> {
    const options = { ...this.#options, keepaliveTimeMs: this.#keepaliveTimeMs }
    const connection = await Http2Connection.open(options, this.#clock, this, signal)
    this.#connections.add(connection)
    if (this.#isClosed) connection.destroy('the channel was closed')
    return connection
  }

  /** Sends a call over a connection of its own. No other call waits for that connection. */
  async #sendAlone(call: PendingCall): Promise<void> {
    const unwanted = new AbortController()
    void call.answer.then(() => unwanted.abort(new Error('the call was abandoned')))
    const open = (signal: AbortSignal) => this.#open(AbortSignal.any([signal, unwanted.signal]))
    try {
      const connection = await this.#reconnection.once(open)
      try {
        if (!call.isAnswered) call.sendOver(connection)
      } finally {
        connection.drain()
      }
    } catch (error) {
      call.fail('not-connected', errorReason(error))
    }
  }

  // Listener methods: events of calls and connections.

  now(): number {
    return this.#clock.now()
  }

  onResponse(): void {
    this.#reconnection.succeeded()
  }

  onAnswered(call: PendingCall): void {
    this.#waiting.delete(call)
    this.#calls.add(call)
  }

  onOver(call: PendingCall): void {
    this.#calls.delete(call)
  }

  onRetired(connection: Http2Connection): void {
    if (this.#current !== connection) return
    this.#current = undefined
    this.#serve()
  }

  onClosed(connection: Http2Connection): void {
    this.#connections.delete(connection)
  }

  onRoom(): void {
    if (this.#waiting.size > 0) this.#serve()
  }

  onTooManyPings(): void {
    this.#keepaliveTimeMs *= 2
  }
}
