import { type ClientHttp2Session, type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import type { CancelSchedule, Clock } from '../time/clock.ts'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { dial } from './dial.ts'
import { greeted, startSession } from './http2-session.ts'
import { Keepalive } from './keepalive.ts'

/** A connection that no call has used for this long is closed, in milliseconds. */
const IDLE_MS = 30 * 60_000

/** How long a connection that has been silent for a while may take to answer before new calls avoid it, in milliseconds. */
const PROOF_MS = 1000

/** The debug data of a GOAWAY to a client that pings too often. Source: the gRPC keepalive specification. */
const TOO_MANY_PINGS = 'too_many_pings'

type State = 'open' | 'draining' | 'closed'

/** What a connection reports to the channel that owns it. */
export interface ConnectionListener {
  /** It takes no new calls any more: those under way may finish. */
  onRetired(connection: Http2Connection): void
  onClosed(connection: Http2Connection): void
  /** There may be room for calls that are queued. */
  onRoom(): void
  /** The server asks for fewer pings. */
  onTooManyPings(): void
}

/** One HTTP/2 connection, and what is known of the streams on it. */
export class Http2Connection {
  readonly #session: ClientHttp2Session
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #listener: ConnectionListener
  readonly #keepalive: Keepalive
  #state: State = 'open'
  #streams = 0
  /** Streams above this id were not processed: the lowest that any GOAWAY named. */
  #lastProcessed = Number.POSITIVE_INFINITY
  /** Whether REFUSED_STREAM is the server's word about one stream, not the code that ended all of them. */
  #isRefusalProof = true
  #usedAt: number
  #cancelIdleCheck: CancelSchedule = () => undefined
  #closeReason: string | undefined

  private constructor(socket: Socket, options: ResolvedChannelOptions, clock: Clock, listener: ConnectionListener) {
    const session = startSession(socket, options.flowControlWindowBytes)
    this.#session = session
    this.#socket = socket
    this.#clock = clock
    this.#listener = listener
    this.#usedAt = clock.now()
    this.#keepalive = new Keepalive(session, options, clock, (reason) => this.destroy(reason))
    session.on('goaway', (code, lastStreamId, data) => this.#onGoaway(code, lastStreamId, data))
    session.on('error', (error) => this.#noteReason(error.message))
    session.on('close', () => this.#onClose())
    session.on('remoteSettings', () => listener.onRoom())
    this.#scheduleIdleCheck(IDLE_MS)
  }

  /** Dials, and waits until the server has shown that it speaks HTTP/2. */
  static async open(
    options: ResolvedChannelOptions,
    clock: Clock,
    listener: ConnectionListener,
    signal: AbortSignal,
  ): Promise<Http2Connection> {
    const socket = await dial(options, clock, signal)
    const connection = new Http2Connection(socket, options, clock, listener)
    try {
      await greeted(connection.#session, signal)
    } catch (error) {
      connection.destroy('the attempt to connect failed')
      throw error
    }
    socket.unref()
    return connection
  }

  get isOpen(): boolean {
    return this.#state === 'open' && !this.#session.closed && !this.#session.destroyed
  }

  /** Whether the server's limit of concurrent streams lets one more call in. */
  get hasRoom(): boolean {
    return this.#streams < (this.#session.remoteSettings?.maxConcurrentStreams ?? Number.POSITIVE_INFINITY)
  }

  get isDoubtful(): boolean {
    return this.#keepalive.isDoubtful
  }

  /** Why it ended or is about to, where something is known. */
  get closeReason(): string | undefined {
    return this.#closeReason
  }

  /** Whether the server is known not to have processed a stream of which no answer came. */
  isUnprocessed(stream: ClientHttp2Stream): boolean {
    if ((stream.id ?? 0) > this.#lastProcessed) return true
    return this.#isRefusalProof && stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
  }

  /**
   * Begins a stream; `released` is to be called when it has closed.
   * @throws when the session cannot take it; then nothing was sent
   */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.#session.request(headers)
    if (this.#streams === 0) this.#socket.ref()
    this.#streams += 1
    this.#usedAt = this.#clock.now()
    return stream
  }

  /** A stream that `request` began has closed. */
  released(): void {
    this.#streams -= 1
    if (this.#streams === 0) this.#socket.unref()
    if (this.#state === 'draining') this.#closeUnused()
    this.#listener.onRoom()
  }

  /** Records that the server has sent something. */
  heard(): void {
    this.#keepalive.heard()
  }

  /** Asks a doubtful connection for a sign of life. One that gives none gets no new calls; keepalive decides about the others. */
  async prove(): Promise<void> {
    if (!(await this.#keepalive.answers(PROOF_MS, 'foreground'))) this.drain()
  }

  /** Takes no new calls; closes when those under way are done. */
  drain(): void {
    if (this.#retire()) this.#closeUnused()
  }

  /** Ends it, and every stream on it. */
  destroy(reason: string): void {
    this.#noteReason(reason)
    this.#session.destroy()
    // A session that was draining would wait for the other end to close the socket too.
    this.#socket.destroy()
  }

  #retire(): boolean {
    if (this.#state !== 'open') return false
    this.#state = 'draining'
    this.#listener.onRetired(this)
    return true
  }

  /** Says goodbye once no stream is left: to some servers a GOAWAY is the end of requests that they have not read yet. */
  #closeUnused(): void {
    if (this.#streams === 0) this.#session.close()
  }

  #onGoaway(code: number, lastStreamId: number, data?: NodeJS.ArrayBufferView): void {
    this.#lastProcessed = Math.min(this.#lastProcessed, lastStreamId)
    // The code of a GOAWAY, unless it is 0, becomes that of every stream, those that were processed included.
    if (code === constants.NGHTTP2_REFUSED_STREAM) this.#isRefusalProof = false
    this.#noteReason(`the server closed the connection (GOAWAY ${code})`)
    const isCalming = code === constants.NGHTTP2_ENHANCE_YOUR_CALM && textOf(data) === TOO_MANY_PINGS
    if (isCalming) this.#listener.onTooManyPings()
    this.#retire() // the session closes or destroys itself next
  }

  /** The first reason counts: what follows is its consequence. */
  #noteReason(reason: string): void {
    this.#closeReason ??= reason
  }

  #onClose(): void {
    this.#keepalive.stop()
    this.#cancelIdleCheck()
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    this.#listener.onClosed(this)
    if (wasOpen) this.#listener.onRetired(this)
  }

  #scheduleIdleCheck(delayMs: number): void {
    this.#cancelIdleCheck = this.#clock.schedule(delayMs, () => this.#checkIdle(), 'background')
  }

  #checkIdle(): void {
    const idleMs = this.#streams > 0 ? 0 : this.#clock.now() - this.#usedAt
    if (idleMs >= IDLE_MS) this.drain()
    else this.#scheduleIdleCheck(IDLE_MS - idleMs)
  }
}

function textOf(data: NodeJS.ArrayBufferView | undefined): string {
  return data === undefined ? '' : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
}
