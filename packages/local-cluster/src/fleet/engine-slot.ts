import type { Strategy } from '../deployment/strategy.ts'
import type { EngineControl } from '../engine/engine-control.ts'
import type { EngineHost } from '../engine/engine-host.ts'
import { Upstream } from '../router/upstream.ts'
import type { EngineFleet } from './engine-fleet.ts'

/** The state of an engine. */
export type EngineState =
  | { kind: 'starting' }
  | {
      kind: 'running'
      pid: number
      startedAt: number
      /**
       * Path of the socket on which the engine serves gRPC over HTTP/2 without TLS, for a proxy that replaces the
       * cluster's router. The engine serves every call that reaches it. A restart changes the path.
       */
      address: string
    }
  /** It was killed, or its process ended. */
  | { kind: 'dead'; reason: string; since: number }
  | { kind: 'stopped' }

/** The engine of one strategy, across restarts. */
export class EngineSlot {
  #host: EngineHost | undefined
  #upstream: Upstream | undefined
  #state: EngineState = { kind: 'starting' }

  constructor(
    readonly strategy: Strategy,
    private readonly fleet: EngineFleet,
    private readonly onState: (state: EngineState) => void,
  ) {}

  get state(): EngineState {
    return this.#state
  }

  /** The router's connection to the engine; `undefined` while it does not run. */
  get upstream(): Upstream | undefined {
    return this.#upstream
  }

  async start(): Promise<void> {
    this.#enter({ kind: 'starting' })
    const host = await this.fleet.start(this.strategy)
    this.#host = host
    this.#upstream = new Upstream(host.address)
    host.onCrash((reason) => {
      if (this.#host === host) this.#lose({ kind: 'dead', reason, since: Date.now() })
    })
    this.#enter({ kind: 'running', pid: host.pid, startedAt: Date.now(), address: host.address })
  }

  async kill(): Promise<void> {
    const host = this.#host
    if (host === undefined) return
    this.#host = undefined
    await host.kill()
    this.#lose({ kind: 'dead', reason: 'killed', since: Date.now() })
  }

  async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  async stop(): Promise<void> {
    const host = this.#host
    this.#host = undefined
    await host?.stop()
    this.#lose({ kind: 'stopped' })
  }

  /** Sends a request to the engine; `undefined` when it does not run, or dies before it answers. */
  async ask<Value>(question: (control: EngineControl) => Promise<Value>): Promise<Value | undefined> {
    const host = this.#host
    if (host === undefined) return undefined
    try {
      return await question(host.control)
    } catch (error) {
      if (this.#host !== host) return undefined
      throw error
    }
  }

  #lose(state: EngineState): void {
    this.#host = undefined
    this.#upstream?.close()
    this.#upstream = undefined
    this.#enter(state)
  }

  #enter(state: EngineState): void {
    this.#state = state
    this.onState(state)
  }
}
