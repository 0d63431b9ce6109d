import { composeConnection, type Environment } from '../../src/connect.ts'
import type { Connection } from '../../src/connection.ts'
import type { StrategyEvents } from '../../src/observability/events.ts'
import type { ConnectOptions } from '../../src/options/connect-options.ts'
import { type ResolvedOptions, resolveOptions, type StateOptions } from '../../src/options/resolve-options.ts'
import { SharedDirectory } from '../../src/session/shared-cluster.ts'
import type { ClusterStrategy } from '../../src/strategy/cluster-strategy.ts'
import { MemoryStrategyStore } from '../../src/strategy/memory-store.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from '../../src/strategy/strategy-state.ts'
import type { StrategyStore } from '../../src/strategy/strategy-store.ts'
import type { Exchange } from './exchange.ts'
import { Random } from './random.ts'
import { RerunLedger } from './rerun-ledger.ts'
import { SimulatedClock } from './simulated-clock.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import { type SimulatedHost, SimulatedStore } from './simulated-host.ts'
import type { SimulatedNetwork } from './simulated-network.ts'
import type { EventOwner, SimulatedEvent, SimulatedTime } from './simulated-time.ts'
import { SimulatedTransport } from './simulated-transport.ts'
import type { Watch } from './watch.ts'

/** The environment of a process. */
export interface ProcessEnvironment {
  readonly time: SimulatedTime
  readonly watch: Watch
  readonly host: SimulatedHost
  readonly network: SimulatedNetwork
  readonly clusters: readonly SimulatedCluster[]
  readonly store: 'shared' | 'process'
  readonly options: ConnectOptions
  readonly seed: number
  /** An event of a manager of this process. */
  heard<Name extends keyof StrategyEvents>(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    name: Name,
    facts: StrategyEvents[Name][0],
  ): void
}

/** A connection of a program, opened on first use. */
interface Slot {
  readonly connection: Connection
  readonly opened: Promise<Connection>
  /** The time since which it is opening; `undefined` once it is open. */
  openingSince: number | undefined
}

const HEARD = [
  ...['strategy:announced', 'strategy:withdrawn', 'strategy:ready', 'strategy:transition', 'strategy:cleared'],
  ...['strategy:detected', 'strategy:held', 'strategy:released', 'strategy:ignored', 'strategy:swept'],
] as readonly (keyof StrategyEvents)[]

/** A process of the simulated host: a clock, a store, and connections like those of a real program. */
export class SimulatedProcess implements EventOwner {
  readonly name: string
  readonly clock: SimulatedClock
  readonly host: SimulatedHost
  readonly managers = new Map<SimulatedCluster, ClusterStrategy>()
  /** Its failed logins. */
  readonly troubledLogins: Exchange[] = []
  /** Its connections whose session was refused at least once. */
  readonly deniedSessions = new Set<string>()
  readonly reruns = new RerunLedger()
  /** The last answer of each cluster to any of its calls. */
  readonly answeredAt = new Map<SimulatedCluster, number>()
  /** Its calls over silent connections. */
  readonly silenced: Exchange[] = []
  /** The last refusal of a new session, by connection and method. */
  readonly deniedTwice = new Map<string, number>()
  life: 'running' | 'paused' | 'gone' = 'running'
  callsUnderWay = 0
  operationsRunning = 0
  /** Abandoned cursors, by connection. */
  readonly forgotten = new Map<string, number>()
  readonly #environment: ProcessEnvironment
  readonly #composed: Environment
  readonly #slots = new Map<number, Slot>()
  readonly #stores = new Set<StrategyStore>()
  #held: SimulatedEvent[] = []
  #resumedAt = Number.NEGATIVE_INFINITY
  #opened = 0

  constructor(
    readonly index: number,
    /** The number of earlier processes in this place. */
    readonly generation: number,
    environment: ProcessEnvironment,
  ) {
    this.name = `p${index}`
    this.#environment = environment
    const { time, watch, seed, host } = environment
    this.host = host
    this.clock = new SimulatedClock(time, this, new Random(seed, 1, index, generation), watch)
    this.#composed = {
      clock: this.clock,
      openTransport: () => {
        throw new Error('a transport belongs to one connection')
      },
      openStore: (options) => this.#openStore(options),
      managers: new SharedDirectory(),
      clusters: new SharedDirectory(),
    }
  }

  /** Whether it is idle: no operation, no call, and no pending event. */
  get isQuiet(): boolean {
    return this.operationsRunning === 0 && this.callsUnderWay === 0 && this.clock.foreground.count === 0
  }

  hold(event: SimulatedEvent): void {
    this.#held.push(event)
  }

  pauseFor(ms: number): void {
    if (this.life !== 'running') return
    this.life = 'paused'
    this.#environment.time.schedule(ms, () => {
      if (this.life !== 'paused') return
      this.life = 'running'
      this.#resumedAt = this.#environment.time.now
      this.#environment.time.resume(this.#held)
      this.#held = []
    })
  }

  /** Returns whether it was paused at any time since then. */
  wasPausedSince(time: number): boolean {
    return this.#resumedAt >= time
  }

  /** Ends it at once. Nothing more happens in it; its sent messages still arrive. */
  crash(): void {
    this.life = 'gone'
    this.#held = []
  }

  loseStores(ms: number): void {
    for (const store of this.#stores) if (store instanceof SimulatedStore) store.loseFor(ms)
  }

  /** The number of its own queries with a pin. */
  get pins(): number {
    let pins = 0
    for (const store of this.#stores) for (const _ of store.pins.own()) pins += 1
    return pins
  }

  clusterOf(connection: number): SimulatedCluster {
    const { clusters } = this.#environment
    return clusters[connection % clusters.length]!
  }

  /** Returns the connection in a place, opened if necessary. */
  connection(index: number): Promise<Connection> {
    const known = this.#slots.get(index)
    if (known) return known.opened
    this.#opened += 1
    const random = new Random(this.#environment.seed, 2, this.index, this.generation, index, this.#opened)
    const proxies = new Random(this.#environment.seed, 4, this.index, this.generation, index, this.#opened)
    const line = {
      process: this,
      connection: `${this.name}.c${index}`,
      cluster: this.clusterOf(index),
      random,
      proxies,
    }
    const openTransport = () => new SimulatedTransport(this.#environment.network, line)
    const connection = composeConnection(this.#resolve(index), { ...this.#composed, openTransport })
    this.#listen(this.clusterOf(index), connection.strategy)
    const openingSince = this.#environment.time.now
    const slot: Slot = { connection, opened: this.#open(index, connection), openingSince }
    this.#slots.set(index, slot)
    const done = () => {
      slot.openingSince = undefined
    }
    slot.opened.then(done, done)
    return slot.opened
  }

  /** The time since which the connection in a place is opening, if it is. */
  openingSince(index: number): number | undefined {
    return this.#slots.get(index)?.openingSince
  }

  /** Closes the connection in a place, if there is one; the next use opens another. */
  async close(index: number, running: 'cancel' | 'drain'): Promise<void> {
    const slot = this.#slots.get(index)
    if (!slot) return
    this.#slots.delete(index)
    await slot.connection.close({ running })
  }

  get openConnections(): readonly number[] {
    return [...this.#slots.keys()]
  }

  /** The abandoned cursors. */
  get cursorsForgotten(): number {
    return [...this.forgotten.values()].reduce((total, count) => total + count, 0)
  }

  async #open(index: number, connection: Connection): Promise<Connection> {
    try {
      await connection.open()
      return connection
    } catch (error) {
      if (this.#slots.get(index)?.connection === connection) this.#slots.delete(index)
      await connection.close()
      throw error
    }
  }

  #resolve(index: number): ResolvedOptions {
    const options = {
      host: `${this.clusterOf(index).address}.example`,
      ...{ username: this.clusterOf(index).user, password: 'secret', clusterName: this.clusterOf(index).address },
      ...{ allowPlaintextCredentials: true, strategyStore: this.#environment.store },
      ...this.#environment.options,
    } as const
    return resolveOptions(options, {})
  }

  #openStore(options: StateOptions): StrategyStore {
    const initial = initialStrategyState({ ...DEFAULT_STRATEGY_LIMITS, ...options })
    const { store, host } = this.#environment
    const opened =
      store === 'shared'
        ? host.openStore(`${options.host} ${options.userHash}`, this, initial, this.clock)
        : new MemoryStrategyStore(initial)
    this.#stores.add(opened)
    return opened
  }

  #listen(cluster: SimulatedCluster, manager: ClusterStrategy): void {
    if (this.managers.get(cluster) === manager) return
    this.managers.set(cluster, manager)
    const { heard } = this.#environment
    for (const name of HEARD) manager.events.on(name, (facts) => heard(this, cluster, name, facts))
  }
}
