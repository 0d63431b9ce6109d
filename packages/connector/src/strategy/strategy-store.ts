import type { Clock } from '../time/clock.ts'
import type { PinPlace } from './pin-map.ts'
import type { PastState } from './recent-changes.ts'
import type { StrategyState } from './strategy-state.ts'

/**
 * The store for the state of one cluster. The library has two: this process's memory, and memory shared by the threads
 * and processes of a host. A program may implement its own, such as one that a whole fleet shares.
 *
 * Only `StrategyManager` writes to a store, and only through `update`. All methods are synchronous, because every call
 * to the engine reads the state. A store with a remote medium keeps a copy and applies an update to the copy at once.
 * In the background it publishes the update by applying the same change to the medium's newest state (a change is a
 * function and may be applied again), and reports the resulting state to `onChange`.
 */
export interface StrategyStore {
  /** Returns the state as this process last saw it. Must be cheap: a field, not a file. */
  read(): StrategyState

  /**
   * Atomically replaces the newest state with the result of `change`, which may run several times and must be pure. A
   * state that differs only in `checkedAt` need not be published as a new version.
   */
  update(change: (state: StrategyState) => StrategyState): StrategyUpdate

  /** Reads the medium again. Called on every mismatch, every detection and every expiry of the cache. */
  refresh(): void

  /** Returns the states of the last minutes, oldest first, if the medium keeps them. For display only. */
  history?(): readonly PastState[]

  /**
   * Returns the users of the cluster with a state in the medium, each as a hash of the name, in order. For display
   * only.
   */
  users?(): readonly string[]

  /** Reports states written by others. Returns a function to stop listening. */
  onChange(listener: (update: StrategyUpdate) => void): () => void

  /**
   * Reports news other than the state and pins of this process, if a store has any. The first listener also receives
   * earlier news. Returns a function to stop listening.
   */
  onNotice?(listener: (notice: StoreNotice) => void): () => void

  /** The strategies of running queries. */
  readonly pins: PinStore

  /**
   * Announces that no connection uses the cluster for now, and the process may end at any moment: pending and further
   * writes happen immediately, until the next query. A store without delayed writes does not need this.
   */
  rest?(): void

  /** Releases the store's resources; reading still works, from the last state seen. */
  close(): void
}

/** Opens the store of one cluster and user. Called once for all connections to it; must not throw because of the medium. */
export type StrategyStoreFactory = (place: StrategyStorePlace) => StrategyStore

/** The state that a store is to keep. */
export interface StrategyStorePlace {
  /** The cluster: host, port, and name or UUID. Holds no user and no token. */
  readonly cluster: { readonly host: string; readonly port: number; readonly name: string }
  /**
   * A hash of the user's name, in hexadecimal digits; `undefined` when nothing identifies the user. Each user of a cluster
   * has a state, since a refusal of one user says nothing about others.
   */
  readonly user: string | undefined
  /** The state to begin with when the medium holds none. */
  readonly initial: StrategyState
  /** The clock that times of the state come from. */
  readonly clock: Clock
}

export interface StrategyUpdate {
  readonly before: StrategyState
  readonly after: StrategyState
}

export type StoreNotice =
  /** The medium is not usable; the store continues in this process's memory, and tries again automatically. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** The medium is usable again. */
  | { readonly kind: 'available' }
  /** The process that ran the query died or was paused for too long: its pin is gone. */
  | { readonly kind: 'swept'; readonly queryId: string; readonly pin: QueryPin }

/** The location of a running query. It contains no session: shared data must not be secret. */
export interface QueryPin extends PinPlace {
  /** Monotonic milliseconds. */
  lastActivityAt: number
  /** The process that runs the query, if known and not this thread's. */
  readonly pid?: number
}

/**
 * The pins of this process's queries, and, if the medium is shared, a view of those of others. Two deployments may use
 * the same query id: a pin is identified by its id, strategy and engine.
 */
export interface PinStore {
  /** Adds a pin as the latest of its id, and replaces the one on the same strategy and engine. */
  set(queryId: string, pin: QueryPin): void
  /** Returns this process's pin on a strategy and engine, or another's; without a place, the latest of the id. */
  get(queryId: string, place?: PinPlace): QueryPin | undefined
  /** Removes this process's pin on a strategy and engine; without a place, all pins of the id. */
  delete(queryId: string, place?: PinPlace): void
  /**
   * Looks up a query that `get` does not know, for a medium that can't be read synchronously. Called before a call about a
   * query of another process; a failure counts as unknown.
   */
  find?(queryId: string): Promise<QueryPin | undefined>
  /** Iterates over this process's pins, for the sweep. */
  own(): Iterable<[queryId: string, pin: QueryPin]>
  /** Iterates over all known pins, for display. */
  all(): Iterable<[queryId: string, pin: QueryPin]>
}
