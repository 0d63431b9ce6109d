import { type ClientHttp2Session, type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import type { CancelSchedule, Clock } from '../time/clock.ts'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { dial } from './dial.ts'
import { greeted, startSession } from './http2-session.ts'
import { Keepalive } from './keepalive.ts'

/** The idle time after which a connection without calls is closed, in milliseconds. */
const IDLE_MS = 30 * 60_000

/** The time limit for the answer of a doubtful connection, after which new calls avoid it, in milliseconds. */
const PROOF_MS = 1000

/** The debug data of a GOAWAY to a client that pings too often. Source: the gRPC keepalive specification. */
const TOO_MANY_PINGS = 'too_many_pings'

type State = 'open' | 'draining' | 'closed'

/** The events of a connection, for the channel that owns it. */
export interface ConnectionListener {
  /** The connection accepts no new calls; current calls may finish. */
  onRetired(connection: Http2Connection): void
  onClosed(connection: Http2Connection): void
  /** There may be room for queued calls. */
  onRoom(): void
  /** The server requests fewer pings. */
  onTooManyPings(): void
}

/** One HTTP/2 connection, and the fate of the streams on it. */
export class Http2Connection {
  readonly #session: ClientHttp2Session
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #listener: ConnectionListener
  readonly #keepalive: Keepalive
  #state: State = 'open'
  #streams = 0
  /** Streams above this id were not processed: the lowest id in any GOAWAY. */
  #lastProcessed = Number.POSITIVE_INFINITY
  /** Whether REFUSED_STREAM is about a single stream, and not the code that ended all streams. */
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

  /** Connects, and waits until the server proves that it speaks HTTP/2. */
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

  /** Whether the server's limit of concurrent streams allows another call. */
  get hasRoom(): boolean {
    return this.#streams < (this.#session.remoteSettings?.maxConcurrentStreams ?? Number.POSITIVE_INFINITY)
  }

  get isDoubtful(): boolean {
    return this.#keepalive.isDoubtful
  }

  /** The reason for its end, if known. */
  get closeReason(): string | undefined {
    return this.#closeReason
  }

  /** Returns whether the server is known not to have processed an unanswered stream. */
  isUnprocessed(stream: ClientHttp2Stream): boolean {
    if ((stream.id ?? 0) > this.#lastProcessed) return true
    return this.#isRefusalProof && stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
  }

  /**
   * Starts a stream; the caller calls `released` when it has closed.
   * @throws when the session does not accept it; then nothing was sent
   */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.#session.request(headers)
    if (this.#streams === 0) this.#socket.ref()
    this.#streams += 1
    this.#usedAt = this.#clock.now()
    return stream
  }

  /** Releases a stream that `request` started, after it has closed. */
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

  /** Pings a doubtful connection. Without an answer it gets no new calls; keepalive decides about the current ones. */
  async prove(): Promise<void> {
    if (!(await this.#keepalive.answers(PROOF_MS, 'foreground'))) this.drain()
  }

  /** Accepts no new calls, and closes when the current ones are done. */
  drain(): void {
    if (this.#retire()) this.#closeUnused()
  }

  /** Closes the connection and every stream on it. */
  destroy(reason: string): void {
    this.#noteReason(reason)
    this.#session.destroy()
    // A draining session would otherwise wait for the peer to close the socket too.
    this.#socket.destroy()
  }

  #retire(): boolean {
    if (this.#state !== 'open') return false
    this.#state = 'draining'
    this.#listener.onRetired(this)
    return true
  }

  /** Sends the GOAWAY only when no stream is left: some servers drop requests that they have not read before it. */
  #closeUnused(): void {
    if (this.#streams === 0) this.#session.close()
  }

  #onGoaway(code: number, lastStreamId: number, data?: NodeJS.ArrayBufferView): void {
    this.#lastProcessed = Math.min(this.#lastProcessed, lastStreamId)
    // Unless it is 0, the code of a GOAWAY becomes that of every stream, including processed ones.
    if (code === constants.NGHTTP2_REFUSED_STREAM) this.#isRefusalProof = false
    this.#noteReason(`the server closed the connection (GOAWAY ${code})`)
    const isCalming = code === constants.NGHTTP2_ENHANCE_YOUR_CALM && textOf(data) === TOO_MANY_PINGS
    if (isCalming) this.#listener.onTooManyPings()
    this.#retire() // The session closes or destroys itself next.
  }

  /** Keeps the first reason: later ones are consequences. */
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
