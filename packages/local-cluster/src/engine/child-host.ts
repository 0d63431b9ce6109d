import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { within } from '../waiting/deadline.ts'
import type { EngineControl } from './engine-control.ts'
import type { EngineHost } from './engine-host.ts'
import type { ControlMethod, FromEngineProcess, ToEngineProcess } from './engine-process-messages.ts'
import type { Write } from './write-order.ts'

/** Time limit of an engine's answers and its exit, in milliseconds. */
const CONTROL_TIMEOUT_MS = 10_000

/** Threads for DuckDB's calls; each call blocks one. */
const CALL_THREADS = '16'

/** The engine's process ended, or a request to it failed. */
export class EngineProcessError extends Error {
  readonly code = 'E6_LOCAL_ENGINE_PROCESS'
  constructor(message: string) {
    super(message)
    this.name = 'EngineProcessError'
  }
}

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** An engine's requests for a turn to write. */
export interface WriteTurns {
  request(host: ChildHost, id: number): void
  written(host: ChildHost, id: number, write: Write | undefined): void
}

/** An engine in a process of its own. */
export class ChildHost implements EngineHost {
  readonly control: EngineControl
  readonly exited: Promise<void>
  readonly #pending = new Map<number, Pending>()
  readonly #crashListeners = new Set<(reason: string) => void>()
  #starting: Pending | undefined
  #sequence = 0
  #ending = false

  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
    private readonly turns: WriteTurns,
  ) {
    this.control = remoteControl((method, args) => this.#request({ kind: 'control', id: this.#nextId(), method, args }))
    this.exited = once(child, 'exit').then(([code, signal]) => this.#onExit(code, signal))
    child.on('message', (message: FromEngineProcess) => this.#onMessage(message))
    // A process that could not be spawned reports it here and then ends.
    child.on('error', (error) => this.#starting?.reject(error))
  }

  /**
   * Starts the process alone; the engine starts with {@link ChildHost.start}.
   * @param folder the cluster's private folder, which the process removes if this one ends first.
   */
  static spawn(entry: string, folder: string, address: string, turns: WriteTurns): ChildHost {
    const child = fork(entry, [folder], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
      execArgv: [],
      env: { ...process.env, UV_THREADPOOL_SIZE: CALL_THREADS },
    })
    return new ChildHost(child, address, turns)
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** @throws EngineProcessError when the engine cannot start in time. */
  start(message: Extract<ToEngineProcess, { kind: 'start' | 'generate' }>, timeoutMs: number): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.#starting = { resolve: () => resolve(), reject }
      this.child.send(message)
    })
    return within(timeoutMs, 'starting an engine', started)
  }

  send(message: ToEngineProcess): void {
    if (this.child.connected) this.child.send(message)
  }

  async applyWrite(write: Write): Promise<void> {
    await this.#request({ kind: 'apply write', id: this.#nextId(), write })
  }

  async stop(): Promise<void> {
    this.#ending = true
    // The engine ends itself when the channel closes.
    if (this.child.connected) this.child.disconnect()
    await this.#gone()
  }

  async kill(): Promise<void> {
    this.#ending = true
    this.child.kill('SIGKILL')
    await this.#gone()
  }

  onCrash(listener: (reason: string) => void): void {
    this.#crashListeners.add(listener)
  }

  async #gone(): Promise<void> {
    try {
      await within(CONTROL_TIMEOUT_MS, 'ending an engine', this.exited)
    } catch {
      this.child.kill('SIGKILL')
      await this.exited
    }
  }

  #nextId(): number {
    this.#sequence += 1
    return this.#sequence
  }

  #request(message: Extract<ToEngineProcess, { kind: 'control' | 'apply write' }>): Promise<unknown> {
    const answered = new Promise<unknown>((resolve, reject) => {
      if (!this.child.connected) return reject(new EngineProcessError('the engine is not running'))
      this.#pending.set(message.id, { resolve, reject })
      this.child.send(message)
    })
    if (message.kind === 'apply write') return answered
    return within(CONTROL_TIMEOUT_MS, `the engine's answer to ${message.method}`, answered)
  }

  #onMessage(message: FromEngineProcess): void {
    switch (message.kind) {
      case 'started':
      case 'generated':
        this.#starting?.resolve(undefined)
        return
      case 'failed to start':
        this.#starting?.reject(new EngineProcessError(message.message))
        return
      case 'answer':
        this.#settle(message.id)?.resolve(message.value)
        return
      case 'failure':
        this.#settle(message.id)?.reject(new EngineProcessError(message.message))
        return
      case 'request write turn':
        this.turns.request(this, message.id)
        return
      case 'written':
        this.turns.written(this, message.id, message.write)
        return
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    const reason = signal === null ? `exit code ${code}` : signal
    const error = new EngineProcessError(`the engine's process ended (${reason})`)
    this.#starting?.reject(error)
    for (const pending of this.#pending.values()) pending.reject(error)
    this.#pending.clear()
    if (!this.#ending) for (const listener of this.#crashListeners) listener(reason)
  }
}

function remoteControl(call: (method: ControlMethod, args: readonly unknown[]) => Promise<unknown>): EngineControl {
  const methods: readonly ControlMethod[] = [
    'announce',
    'sessions',
    'revokeSession',
    'renewSession',
    'expireSessions',
    'queries',
    'cancelQuery',
    'cancelQueries',
    'setUsers',
    'setAccessTokens',
    'setPlannerQueue',
    'stop',
  ]
  const entries = methods.map((method) => [method, (...args: readonly unknown[]) => call(method, args)] as const)
  return Object.fromEntries(entries) as unknown as EngineControl
}
