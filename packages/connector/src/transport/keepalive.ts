import type { ClientHttp2Session } from 'node:http2'
import type { CancelSchedule, Clock } from '../time/clock.ts'

export interface KeepaliveOptions {
  /** The idle time after which the peer is probed, in milliseconds. */
  readonly keepaliveTimeMs: number
  /** The time limit for the answer to a probe, in milliseconds. */
  readonly keepaliveTimeoutMs: number
}

/** Probes a connection that has been silent for a while, even without calls, and reports one that does not answer. */
export class Keepalive {
  readonly #session: ClientHttp2Session
  readonly #options: KeepaliveOptions
  readonly #clock: Clock
  readonly #onSilent: (reason: string) => void
  #heardAt = 0
  #heardAtWallTime = 0
  #cancelNext: CancelSchedule = () => undefined
  #isStopped = false

  constructor(
    session: ClientHttp2Session,
    options: KeepaliveOptions,
    clock: Clock,
    onSilent: (reason: string) => void,
  ) {
    this.#session = session
    this.#options = options
    this.#clock = clock
    this.#onSilent = onSilent
    this.heard()
    this.#scheduleNext(options.keepaliveTimeMs)
  }

  /** Records that the peer has just sent something. */
  heard(): void {
    this.#heardAt = this.#clock.now()
    this.#heardAtWallTime = this.#clock.wallTime()
  }

  /**
   * Whether the silence exceeds what pings allow, for example after the process or its host was suspended. Some systems
   * stop the monotonic clock during a suspension, so the wall clock is read too. If that clock was merely changed, the
   * cost is one ping.
   */
  get isDoubtful(): boolean {
    const silentMs = Math.max(this.#clock.now() - this.#heardAt, this.#clock.wallTime() - this.#heardAtWallTime)
    return silentMs > this.#options.keepaliveTimeMs
  }

  /**
   * Resolves to whether the peer answers a probe within `timeoutMs`. A `background` wait does not keep the process
   * alive.
   */
  answers(timeoutMs: number, kind: 'foreground' | 'background'): Promise<boolean> {
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.schedule(timeoutMs, () => resolve(false), kind)
      this.#probe((isAnswered) => {
        cancelTimer()
        if (isAnswered) this.heard()
        resolve(isAnswered)
      })
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelNext()
  }

  #probe(done: (isAnswered: boolean) => void): void {
    const onAnswer = (error: Error | null) => done(error === null)
    try {
      // Node sends no PING on a session that is finishing its last streams. An empty SETTINGS frame must be
      // acknowledged as well.
      if (this.#session.closed) this.#session.settings({}, onAnswer)
      else this.#session.ping(onAnswer)
    } catch {
      done(!this.#session.destroyed) // Without probes there is no reason for doubt.
    }
  }

  #scheduleNext(delayMs: number): void {
    if (!this.#isStopped) this.#cancelNext = this.#clock.schedule(delayMs, () => void this.#check(), 'background')
  }

  async #check(): Promise<void> {
    const { keepaliveTimeMs, keepaliveTimeoutMs } = this.#options
    const silentMs = this.#clock.now() - this.#heardAt
    if (silentMs < keepaliveTimeMs) this.#scheduleNext(keepaliveTimeMs - silentMs)
    else if (await this.answers(keepaliveTimeoutMs, 'background')) this.#scheduleNext(keepaliveTimeMs)
    else if (!this.#isStopped)
      this.#onSilent(`the connection is silent: no answer to a ping within ${keepaliveTimeoutMs} ms`)
  }
}
