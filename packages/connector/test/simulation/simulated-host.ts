import { MemoryPinStore } from '../../src/strategy/memory-store.ts'
import { isConfirmation, rejoin, withCheck } from '../../src/strategy/shared-reconcile.ts'
import type { StrategyState } from '../../src/strategy/strategy-state.ts'
import type {
  PinStore,
  QueryPin,
  StoreNotice,
  StrategyStore,
  StrategyUpdate,
} from '../../src/strategy/strategy-store.ts'
import type { CancelSchedule, Clock } from '../../src/time/clock.ts'
import type { Random } from './random.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** The data that a process has written for others. */
interface Lease {
  readonly process: SimulatedProcess
  readonly pins: Map<string, QueryPin>
}

/** The state that a host's processes share about one cluster: a newest version, and leases. */
interface Medium {
  state: StrategyState
  version: number
  readonly leases: Set<Lease>
  readonly stores: Set<SimulatedStore>
}

/** The maximum delay of news of a new version, in milliseconds, and the fraction of news that a watch misses. */
const SLOWEST_NEWS_MS = 20
const MISSED_NEWS = 0.05

/** The delay of writes of pins and confirmations, and the interval of reads of other leases. */
const FLUSH_AFTER_MS = 100
const ROUND_EVERY_MS = 10_000

/** The memory that a host's processes share, with the delays and gaps of real shared memory. */
export class SimulatedHost {
  readonly #time: SimulatedTime
  readonly #random: Random
  readonly #media = new Map<string, Medium>()

  constructor(time: SimulatedTime, random: Random) {
    this.#time = time
    this.#random = random
  }

  openStore(cluster: string, process: SimulatedProcess, initial: StrategyState, clock: Clock): SimulatedStore {
    let medium = this.#media.get(cluster)
    if (!medium) {
      medium = { state: initial, version: 0, leases: new Set(), stores: new Set() }
      this.#media.set(cluster, medium)
    }
    const store = new SimulatedStore(medium, process, clock, (writer) => this.#spread(medium, writer))
    medium.stores.add(store)
    return store
  }

  #spread(medium: Medium, writer: SimulatedStore): void {
    for (const store of medium.stores) {
      if (store === writer || this.#random.chance(MISSED_NEWS)) continue
      this.#time.schedule(this.#random.below(SLOWEST_NEWS_MS), () => store.refresh(), store.process)
    }
  }
}

/** One process's store: its own view of the shared state, which may be stale. */
export class SimulatedStore implements StrategyStore {
  readonly pins: SimulatedPinStore
  readonly #medium: Medium
  readonly #clock: Clock
  readonly #spread: (writer: SimulatedStore) => void
  readonly #lease: Lease
  readonly #listeners = new Set<(update: StrategyUpdate) => void>()
  readonly #noticeListeners = new Set<(notice: StoreNotice) => void>()
  #state: StrategyState
  #version: number
  /** The shared state when the medium was lost; `undefined` while it is available. */
  #lostAt: StrategyState | undefined
  #isClosed = false
  #cancelFlush: CancelSchedule | undefined
  #cancelRound: CancelSchedule

  constructor(
    medium: Medium,
    readonly process: SimulatedProcess,
    clock: Clock,
    spread: (writer: SimulatedStore) => void,
  ) {
    this.#medium = medium
    this.#clock = clock
    this.#spread = spread
    this.#state = medium.state
    this.#version = medium.version
    this.#lease = { process, pins: new Map() }
    medium.leases.add(this.#lease)
    this.pins = new SimulatedPinStore(
      () => this.#othersPins(),
      () => this.#flushSoon(),
    )
    this.#cancelRound = this.#scheduleRound()
  }

  read(): StrategyState {
    return this.#state
  }

  update(change: (state: StrategyState) => StrategyState): StrategyUpdate {
    const before = this.#state
    if (change(before) === before) return { before, after: before }
    if (this.#lostAt || this.#isClosed) {
      this.#state = change(before)
      return { before, after: this.#state }
    }
    this.refresh()
    const known = this.#state
    const after = change(this.#medium.state)
    if (!isConfirmation(this.#medium.state, after)) {
      this.#medium.state = after
      this.#medium.version += 1
      this.#version = this.#medium.version
      this.#spread(this)
    } else if (after !== this.#medium.state) this.#flushSoon()
    this.#state = withCheck(after, known)
    return { before: known, after: this.#state }
  }

  refresh(): void {
    if (this.#lostAt || this.#isClosed) return
    if (this.#version === this.#medium.version) {
      this.#state = withCheck(this.#state, this.#medium.state)
      return
    }
    const before = this.#state
    this.#state = withCheck(this.#medium.state, before)
    this.#version = this.#medium.version
    this.#tell(before)
  }

  onChange(listener: (update: StrategyUpdate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onNotice(listener: (notice: StoreNotice) => void): () => void {
    this.#noticeListeners.add(listener)
    return () => this.#noticeListeners.delete(listener)
  }

  /** Makes the medium unusable for a while: the process continues alone, and then reconciles both histories. */
  loseFor(ms: number): void {
    if (this.#lostAt || this.#isClosed) return
    this.#lostAt = this.#state
    this.#medium.leases.delete(this.#lease)
    this.#notify({ kind: 'unavailable', reason: 'the simulation took it away' })
    this.#clock.schedule(ms, () => this.#findAgain(), 'background')
  }

  close(): void {
    this.#cancelRound()
    this.#cancelFlush?.()
    this.#isClosed = true
    this.#medium.leases.delete(this.#lease)
    this.#medium.stores.delete(this)
  }

  #findAgain(): void {
    if (this.#isClosed || !this.#lostAt) return
    const before = this.#state
    const shared = this.#medium.state
    const met = rejoin(before, shared, this.#lostAt)
    this.#lostAt = undefined
    this.#medium.leases.add(this.#lease)
    if (!isConfirmation(shared, met)) {
      this.#medium.state = met
      this.#medium.version += 1
      this.#spread(this)
    }
    this.#version = this.#medium.version
    this.#state = met
    this.#tell(before)
    this.#notify({ kind: 'available' })
    this.#flushSoon()
  }

  #tell(before: StrategyState): void {
    const after = this.#state
    if (isConfirmation(before, after)) return
    for (const listener of this.#listeners) listener({ before, after })
  }

  #notify(notice: StoreNotice): void {
    for (const listener of this.#noticeListeners) listener(notice)
  }

  #othersPins(): Map<string, QueryPin>[] {
    if (this.#lostAt) return []
    return [...this.#medium.leases].filter((lease) => lease !== this.#lease).map(({ pins }) => pins)
  }

  #flushSoon(): void {
    this.#cancelFlush ??= this.#clock.schedule(FLUSH_AFTER_MS, () => this.#flush(), 'background')
  }

  #flush(): void {
    this.#cancelFlush = undefined
    this.#lease.pins.clear()
    for (const [queryId, pin] of this.pins.own()) this.#lease.pins.set(queryId, pin)
    this.#medium.state = withCheck(this.#medium.state, this.#state)
  }

  #scheduleRound(): CancelSchedule {
    const round = () => {
      this.refresh()
      this.#sweep()
      this.#cancelRound = this.#scheduleRound()
    }
    return this.#clock.schedule(ROUND_EVERY_MS, round, 'background')
  }

  /** Removes the leases of dead processes. */
  #sweep(): void {
    if (this.#lostAt) return
    for (const lease of this.#medium.leases) {
      if (lease.process.life !== 'gone') continue
      this.#medium.leases.delete(lease)
      for (const [queryId, pin] of lease.pins) this.#notify({ kind: 'swept', queryId, pin })
    }
  }
}

/** A process's own pins, and a view of those of others. */
class SimulatedPinStore implements PinStore {
  readonly #own = new MemoryPinStore()
  readonly #others: () => Map<string, QueryPin>[]
  readonly #flushSoon: () => void

  constructor(others: () => Map<string, QueryPin>[], flushSoon: () => void) {
    this.#others = others
    this.#flushSoon = flushSoon
  }

  set(queryId: string, pin: QueryPin): void {
    this.#own.set(queryId, pin)
    this.#flushSoon()
  }

  get(queryId: string): QueryPin | undefined {
    return (
      this.#own.get(queryId) ??
      this.#others()
        .find((pins) => pins.has(queryId))
        ?.get(queryId)
    )
  }

  delete(queryId: string): void {
    this.#own.delete(queryId)
    this.#flushSoon()
  }

  own(): Iterable<[string, QueryPin]> {
    return this.#own.own()
  }

  *all(): Generator<[string, QueryPin]> {
    yield* this.own()
    for (const pins of this.#others()) yield* pins
  }
}
