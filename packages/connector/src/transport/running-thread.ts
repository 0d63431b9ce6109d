import type { Worker } from 'node:worker_threads'
import { type CancelSchedule, systemClock } from '../time/clock.ts'
import type { ResolvedChannelOptions } from './channel-options.ts'
import { type FromThread, movable, type ToThread } from './thread-messages.ts'
import type { SentCall, WireAnswer, WireCall } from './unary-channel.ts'

/** The time limit for the thread to report an abandoned call's fate, or to end after an error, in milliseconds. */
const LATE_MS = 100

/** The thread may have sent the call; this side cannot know. */
const GIVEN_UP: WireAnswer = { kind: 'given-up', handedOver: true }

interface OpenCall {
  readonly channel: number
  /** Cancels the timer that settles the call when the thread takes too long. */
  stopWatching: CancelSchedule
  readonly settle: (answer: WireAnswer) => void
}

/** One run of the thread that hosts channels, seen from the program's thread. Keeps the process alive during calls. */
export class RunningThread {
  readonly #worker: Worker
  readonly #calls = new Map<number, OpenCall>()
  readonly #channels = new Map<number, { usable: boolean }>()
  readonly #onOver: () => void
  #state: 'starting' | 'ready' | 'over' = 'starting'
  /** The error after which it is about to end. */
  #fault: Error | undefined
  #lastId = 0

  /** @param onOver called once, when the thread has ended or is about to end, for any reason */
  constructor(worker: Worker, onOver: () => void) {
    this.#worker = worker
    this.#onOver = onOver
    worker.on('message', (message: FromThread) => this.#receive(message))
    worker.on('messageerror', (error) => {
      this.#fail(error)
      void worker.terminate()
    })
    worker.on('error', (error) => this.#fail(error))
    worker.on('exit', (code) => this.#over(this.#fault ?? new Error(`the thread ended with status ${code}`)))
    worker.unref()
  }

  send(channel: number, options: ResolvedChannelOptions, call: WireCall): SentCall {
    if (!this.#channels.has(channel)) {
      this.#channels.set(channel, { usable: true })
      this.#tell({ kind: 'open', channel, options })
    }
    const id = ++this.#lastId
    const answer = new Promise<WireAnswer>((settle) => {
      if (this.#calls.size === 0) this.#worker.ref()
      this.#calls.set(id, { channel, settle, stopWatching: this.#watch(id, call.timeoutMs) })
    })
    this.#tell({ kind: 'call', channel, id, call }, movable(call.request))
    return { answer, cancel: () => this.#cancel(id) }
  }

  /** Returns whether the channel is not known to be broken. */
  isUsable(channel: number): boolean {
    return this.#channels.get(channel)?.usable !== false
  }

  close(channel: number): void {
    if (!this.#channels.delete(channel)) return
    this.#tell({ kind: 'close', channel })
    for (const [id, call] of this.#calls) if (call.channel === channel) this.#awaitEnd(id, call)
  }

  /** Lets the thread end after its closed connections have sent their GOAWAY. */
  end(): void {
    this.#tell({ kind: 'end' })
  }

  #receive(message: FromThread): void {
    switch (message.kind) {
      case 'ready':
        if (this.#state === 'starting') this.#state = 'ready'
        break
      case 'answered':
        this.#settle(message.id, message.answer)
        break
      case 'usable': {
        const channel = this.#channels.get(message.channel)
        if (channel) channel.usable = message.usable
        break
      }
    }
  }

  #cancel(id: number): void {
    const call = this.#calls.get(id)
    if (!call) return
    this.#tell({ kind: 'cancel', id })
    this.#awaitEnd(id, call)
  }

  /** The thread also answers an abandoned call: it knows whether the call was sent. */
  #awaitEnd(id: number, call: OpenCall): void {
    call.stopWatching()
    call.stopWatching = this.#watch(id, 0)
  }

  /** The thread enforces the time limit too; if it does not answer soon after, the call is abandoned here. */
  #watch(id: number, timeoutMs: number): CancelSchedule {
    if (timeoutMs === Number.POSITIVE_INFINITY) return () => undefined
    return systemClock.schedule(timeoutMs + LATE_MS, () => this.#settle(id, GIVEN_UP), 'background')
  }

  #settle(id: number, answer: WireAnswer): void {
    const call = this.#calls.get(id)
    if (!call) return
    this.#calls.delete(id)
    call.stopWatching()
    if (this.#calls.size === 0) this.#worker.unref()
    call.settle(answer)
  }

  /**
   * Sends new calls to another thread from now on. Current calls wait for the end of this one: an error may arrive
   * before earlier messages of the thread, such as answers, but its end arrives after all of them.
   */
  #fail(fault: Error): void {
    if (this.#state === 'over' || this.#fault !== undefined) return
    this.#fault = fault
    this.#onOver()
    systemClock.schedule(LATE_MS, () => this.#over(fault), 'background')
  }

  #over(cause: Error): void {
    if (this.#state === 'over') return
    const answer: WireAnswer =
      this.#state === 'starting'
        ? { kind: 'no-thread', cause }
        : {
            kind: 'lost',
            cause: 'connection-lost',
            processed: 'unknown',
            reason: `the transport thread ended: ${cause.message}`,
          }
    this.#state = 'over'
    if (this.#fault === undefined) this.#onOver()
    for (const id of [...this.#calls.keys()]) this.#settle(id, answer)
  }

  #tell(message: ToThread, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved)
  }
}
