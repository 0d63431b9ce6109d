import type { OutgoingHttpHeaders } from 'node:http2'
import { type Clock, systemClock } from '../time/clock.ts'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { DeadlineTimer } from './deadline-timer.ts'
import type { WireRequest } from './exchange.ts'
import { compress } from './framing.ts'
import { Http2Connection } from './http2-connection.ts'
import { PendingCall } from './pending-call.ts'
import { Reconnection } from './reconnection.ts'
import { callFault, callHeaders, fixedHeaders } from './request-headers.ts'
import type { SentCall, UnaryChannel, WireCall } from './unary-channel.ts'

/** How long a connection that has been silent for a while may take to prove that it lives, in milliseconds. */
const PROOF_MS = 1000

/** Opens a channel of its own to the cluster's proxy. It connects when the first call is made. */
export function openChannel(options: ResolvedChannelOptions, clock: Clock = systemClock): Channel {
  return new Channel(options, clock)
}

/**
 * Sends calls over one HTTP/2 connection at a time, and opens another when that one ends, drains or has gone silent. Calls
 * wait here while there is no connection, or while the server lets no more of them in; each until its own time limit.
 */
export class Channel implements UnaryChannel {
  readonly #options: ResolvedChannelOptions
  readonly #clock: Clock
  readonly #fixedHeaders: OutgoingHttpHeaders
  readonly #calls: DeadlineTimer<PendingCall>
  readonly #connections = new Set<Http2Connection>()
  readonly #reconnection: Reconnection
  readonly #onOver = (call: PendingCall) => this.#calls.delete(call)
  readonly #now: () => number
  #waiting: PendingCall[] = []
  #current: Http2Connection | undefined
  #keepaliveTimeMs: number
  /** What happens now so that calls that wait can go on. */
  #preparing: 'connecting' | 'proving' | undefined
  #isClosed = false
  #onChange: () => void = () => undefined

  constructor(options: ResolvedChannelOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#now = () => clock.now()
    this.#calls = new DeadlineTimer(clock)
    this.#reconnection = new Reconnection(clock, options.connectTimeoutMs)
    this.#fixedHeaders = fixedHeaders(options)
    this.#keepaliveTimeMs = options.keepaliveTimeMs
  }

  send(call: WireCall): SentCall {
    const { compression, maxReceiveMessageLength, maxSendMessageLength } = this.#options
    const request: WireRequest = {
      headers: callHeaders(this.#fixedHeaders, call),
      body: call.request,
      isCompressed: false,
      maxAnswerBytes: Math.min(limitOf(maxReceiveMessageLength), call.maxAnswerBytes ?? Number.POSITIVE_INFINITY),
    }
    const pending = new PendingCall(request, this.#clock.now() + call.timeoutMs, this.#now, this.#onOver)
    const fault = callFault(call, limitOf(maxSendMessageLength))
    if (this.#isClosed) pending.cancel()
    else if (fault) pending.fail(fault.cause, fault.reason)
    else {
      this.#calls.add(pending)
      if (compression === 'none') this.#route(pending, call)
      else void this.#routeCompressed(request, pending, call)
    }
    return pending
  }

  get usable(): boolean {
    return !this.#isClosed && (this.#current !== undefined || !this.#reconnection.hasFailed)
  }

  /** Has `listener` called whenever `usable` may have changed. */
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
    request.body = await compress(call.request)
    request.isCompressed = true
    this.#route(pending, call)
  }

  #route(pending: PendingCall, call: WireCall): void {
    if (call.connection === 'new') void this.#sendAlone(pending)
    else {
      this.#waiting.push(pending)
      this.#serve()
    }
  }

  /** Hands calls over for as long as there is a connection that takes them. */
  #serve(): void {
    while (this.#waiting.length > 0 && !this.#isClosed && this.#preparing === undefined) {
      const connection = this.#current
      if (!connection?.isOpen) this.#prepare('connecting', () => this.#connect())
      else if (connection.isDoubtful) this.#prepare('proving', () => connection.isAlive(PROOF_MS))
      else if (!connection.hasRoom) return
      else this.#handOver(connection)
    }
  }

  #handOver(connection: Http2Connection): void {
    const call = this.#waiting[0]!
    if (!call.isAnswered && !call.sendOver(connection)) connection.drain()
    else this.#waiting.shift()
  }

  /** Does what calls wait for, once for all of them. */
  #prepare(what: 'connecting' | 'proving', work: () => Promise<unknown>): void {
    this.#preparing = what
    void work().then(() => {
      this.#preparing = undefined
      this.#onChange()
      this.#serve()
    })
  }

  /** Never rejects: the calls that wait for the connection are told. */
  async #connect(): Promise<void> {
    try {
      this.#current = await this.#reconnection.attempt((signal) => this.#open(signal))
    } catch (error) {
      this.#onChange()
      for (const call of this.#waiting.splice(0)) call.fail('not-connected', reasonOf(error))
    }
  }

  async #open(signal: AbortSignal): Promise<Http2Connection> {
    const options = { ...this.#options, keepaliveTimeMs: this.#keepaliveTimeMs }
    const connection = await Http2Connection.open(options, this.#clock, this, signal)
    this.#connections.add(connection)
    return connection
  }

  async #sendAlone(call: PendingCall): Promise<void> {
    try {
      const connection = await this.#reconnection.once((signal) => this.#open(signal))
      if (!call.isAnswered && !call.sendOver(connection))
        call.fail('connection-lost', 'the connection was lost at once')
      connection.drain()
    } catch (error) {
      call.fail('not-connected', reasonOf(error))
    }
  }

  /** @internal what a connection reports */
  onRetired(connection: Http2Connection): void {
    if (this.#current !== connection) return
    this.#current = undefined
    this.#serve()
  }

  /** @internal what a connection reports */
  onClosed(connection: Http2Connection): void {
    this.#connections.delete(connection)
  }

  /** @internal what a connection reports */
  onRoom(): void {
    this.#serve()
  }

  /** @internal what a connection reports: the server asks for fewer pings */
  onTooManyPings(): void {
    this.#keepaliveTimeMs *= 2
  }
}

/** Limits of -1 are none. */
function limitOf(bytes: number): number {
  return bytes < 0 ? Number.POSITIVE_INFINITY : bytes
}

/** An error of a socket or a session in words that hold its code, by which a hint is found for it. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return code === undefined || message.includes(code) ? message : `${message} (${code})`
}
