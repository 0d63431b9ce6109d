import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { CancelSchedule, Clock } from '../time/clock.ts'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { dial } from './dial.ts'
import { authorityOf } from './request-headers.ts'

/** What limits one session is the memory of the process, not HTTP/2's own account of it. */
const SESSION_MEMORY_MB = Number.MAX_SAFE_INTEGER

/** A connection that no call has used for this long is closed, in milliseconds. */
const IDLE_MS = 30 * 60_000

/** What a server that was pinged too often adds to its GOAWAY. Source: the gRPC keepalive specification. */
const TOO_MANY_PINGS = 'too_many_pings'

type State = 'open' | 'draining' | 'closed'

/** What a connection reports to the channel that owns it. */
export interface ConnectionListener {
  /** It takes no new calls any more: those under way may finish. */
  onRetired(connection: Http2Connection): void
  onClosed(connection: Http2Connection): void
  /** There is room for calls that were queued. */
  onRoom(): void
  /** The server asks for fewer pings. */
  onTooManyPings(): void
}

/** One HTTP/2 connection that has said hello in both directions. Notices when it has gone silent, and when it must not be used. */
export class Http2Connection {
  readonly #session: ClientHttp2Session
  readonly #clock: Clock
  readonly #options: ResolvedChannelOptions
  readonly #listener: ConnectionListener
  #state: State = 'open'
  #streams = 0
  /** Streams above this id were not processed: the lowest that any GOAWAY named. */
  #lastProcessed = Number.POSITIVE_INFINITY
  #heardAt: number
  #usedAt: number
  #cancelTick: CancelSchedule | undefined
  #closeReason: string | undefined

  private constructor(
    session: ClientHttp2Session,
    options: ResolvedChannelOptions,
    clock: Clock,
    listener: ConnectionListener,
  ) {
    this.#session = session
    this.#options = options
    this.#clock = clock
    this.#listener = listener
    this.#heardAt = clock.now()
    this.#usedAt = this.#heardAt
    session.on('goaway', (code, lastStreamId, data) => this.#onGoaway(code, lastStreamId, data))
    session.on('error', (error) => this.#noteReason(error.message))
    session.on('close', () => this.#onClose())
    session.on('remoteSettings', () => listener.onRoom())
    session.setLocalWindowSize?.(options.flowControlWindowBytes)
    session.unref()
    this.#scheduleTick(options.keepaliveTimeMs)
  }

  /** Dials, and waits for the server's SETTINGS: before them nothing shows that it speaks HTTP/2. */
  static async open(
    options: ResolvedChannelOptions,
    clock: Clock,
    listener: ConnectionListener,
    signal: AbortSignal,
  ): Promise<Http2Connection> {
    const socket = await dial(options, signal)
    const session = connect(`${options.secure ? 'https' : 'http'}://${authorityOf(options)}`, {
      createConnection: () => socket,
      maxSessionMemory: SESSION_MEMORY_MB,
      settings: { enablePush: false, initialWindowSize: options.flowControlWindowBytes },
    })
    await greeted(session, socket, signal)
    return new Http2Connection(session, options, clock, listener)
  }

  get isOpen(): boolean {
    return this.#state === 'open' && !this.#session.closed && !this.#session.destroyed
  }

  /** Whether the peer lets one more call in now. */
  get hasRoom(): boolean {
    return this.#streams < (this.#session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY)
  }

  /** Whether nothing was heard for longer than pings would have allowed, as after the process was suspended. */
  get isDoubtful(): boolean {
    return this.#clock.now() - this.#heardAt > this.#options.keepaliveTimeMs
  }

  /** Why it ended or is about to, where something is known. */
  get closeReason(): string | undefined {
    return this.#closeReason
  }

  /** Whether the server is known not to have looked at a stream. */
  isUnprocessed(stream: ClientHttp2Stream): boolean {
    return stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || (stream.id ?? 0) > this.#lastProcessed
  }

  /**
   * Begins a stream.
   * @throws when the session can't take it; then nothing was sent
   */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.#session.request(headers, { endStream: false })
    if (this.#streams === 0) this.#session.ref()
    this.#streams += 1
    this.#usedAt = this.#clock.now()
    stream.once('close', () => this.#onStreamClosed())
    return stream
  }

  /** Bytes have come: it lives. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  /** Whether the server answers a ping in time. One that does not is destroyed. */
  isAlive(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const answered = (error: Error | null) => {
        cancelTimer()
        if (error === null) this.heard()
        resolve(error === null)
      }
      const cancelTimer = this.#clock.schedule(timeoutMs, () => {
        resolve(false)
        this.destroy(`the connection is silent: no answer to a ping within ${timeoutMs} ms`)
      })
      // A session that is gone throws; one that has many pings under way returns false and calls back with an error.
      if (this.#session.destroyed) answered(new Error('the connection is closed'))
      else this.#session.ping(answered)
    })
  }

  /** Takes no new calls; closes when those under way are done. */
  drain(): void {
    if (this.#state !== 'open') return
    this.#state = 'draining'
    this.#listener.onRetired(this)
    this.#session.close()
  }

  /** Ends it, and every stream on it. */
  destroy(reason: string): void {
    this.#noteReason(reason)
    this.#session.destroy()
  }

  #onStreamClosed(): void {
    this.#streams -= 1
    if (this.#streams === 0) this.#session.unref()
    this.#listener.onRoom()
  }

  #onGoaway(code: number, lastStreamId: number, data?: NodeJS.ArrayBufferView): void {
    this.#lastProcessed = Math.min(this.#lastProcessed, lastStreamId)
    this.#noteReason(`the server closed the connection (GOAWAY ${code})`)
    const isCalming = code === constants.NGHTTP2_ENHANCE_YOUR_CALM && textOf(data) === TOO_MANY_PINGS
    if (isCalming) this.#listener.onTooManyPings()
    this.drain()
  }

  #onClose(): void {
    this.#cancelTick?.()
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    this.#listener.onClosed(this)
    if (wasOpen) this.#listener.onRetired(this)
  }

  /** The first reason counts: what follows is its consequence. */
  #noteReason(reason: string): void {
    this.#closeReason ??= reason
  }

  #scheduleTick(delayMs: number): void {
    if (this.#state === 'closed') return
    this.#cancelTick = this.#clock.schedule(delayMs, () => this.#tick(), 'background')
  }

  /** Pings when nothing was heard for a while, and closes what nobody uses. */
  #tick(): void {
    const { keepaliveTimeMs, keepaliveTimeoutMs } = this.#options
    const now = this.#clock.now()
    const silentMs = now - this.#heardAt
    if (this.#streams === 0 && now - this.#usedAt >= IDLE_MS) this.drain()
    else if (silentMs < keepaliveTimeMs) this.#scheduleTick(keepaliveTimeMs - silentMs)
    else void this.isAlive(keepaliveTimeoutMs).then((alive) => alive && this.#scheduleTick(keepaliveTimeMs))
  }
}

/** Waits for the peer's SETTINGS. @throws what the session or the socket failed with */
async function greeted(session: ClientHttp2Session, socket: Socket, signal: AbortSignal): Promise<void> {
  const closed = once(session, 'close', { signal }).then(() => {
    throw Object.assign(new Error('the server closed the connection'), { code: 'ERR_NO_SETTINGS' })
  })
  closed.catch(() => undefined)
  try {
    await Promise.race([once(session, 'remoteSettings', { signal }), closed])
  } catch (error) {
    session.on('error', () => undefined)
    session.destroy()
    socket.destroy()
    throw signal.aborted ? signal.reason : error
  }
}

function textOf(data: NodeJS.ArrayBufferView | undefined): string {
  return data === undefined ? '' : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
}
