import type { PinPlace } from './pin-map.ts'
import type { PastState } from './recent-changes.ts'
import type { StrategyState } from './strategy-state.ts'

/**
 * Where the state of one cluster is kept. The library brings two: this process's memory, and memory shared by the
 * threads and processes of a host. A program may bring its own, such as one that a whole fleet shares.
 *
 * Only `StrategyManager` writes to a store, and only by `update`. All methods are synchronous, because every call to the
 * engine reads the state; a store whose medium is remote keeps a copy, applies an update to the copy at once, publishes
 * it in the background by applying the same change to the medium's newest state (a change is a function and may be
 * applied again), and tells `onChange` of what it then holds.
 */
export interface StrategyStore {
  /** The state as this process last saw it. Must be cheap: a field, not a file. */
  read(): StrategyState

  /**
   * Replaces the newest state by `change` of it, atomically. `change` may run several times and must be pure. A state
   * that differs in `checkedAt` alone need not be published as a new version.
   */
  update(change: (state: StrategyState) => StrategyState): StrategyUpdate

  /** Looks at the medium again. Called on every mismatch, every detection and every expiry of the cache. */
  refresh(): void

  /** The states of the last minutes, oldest first, where the medium keeps them: for people, and not for the rules. */
  history?(): readonly PastState[]

  /** The users of the cluster that the medium has a state of, each by a hash of the name, in order: for people. */
  users?(): readonly string[]

  /** Tells of states written by others. Returns how to stop listening. */
  onChange(listener: (update: StrategyUpdate) => void): () => void

  /**
   * Tells of what is neither state nor pin of this process, where a store has such news. What happened before anyone
   * listened is told to the first listener. Returns how to stop listening.
   */
  onNotice?(listener: (notice: StoreNotice) => void): () => void

  /** Which query runs on which strategy. */
  readonly pins: PinStore

  /**
   * No connection uses the cluster for now, and the process may end at any moment: what waits to be written is written at
   * once, from now until the next query. A store that writes nothing late needs none of this.
   */
  rest?(): void

  /** Releases what the store holds; reading still works, from the last state seen. */
  close(): void
}

export interface StrategyUpdate {
  readonly before: StrategyState
  readonly after: StrategyState
}

export type StoreNotice =
  /** The medium can't be used; the store goes on in this process's memory, and tries again by itself. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** The medium can be used again. */
  | { readonly kind: 'available' }
  /** The process that ran the query died or was paused for too long: its pin is gone. */
  | { readonly kind: 'swept'; readonly queryId: string; readonly pin: QueryPin }

/** Where a running query lives. No session is part of it: what is shared must not be a secret. */
export interface QueryPin extends PinPlace {
  /** Monotonic milliseconds. */
  lastActivityAt: number
  /** The process that runs the query, when it is known and not this thread. */
  readonly pid?: number
}

/**
 * The pins of this process's queries, and, where the medium is shared, a view on those of others. Two deployments may give
 * the same query id: a pin is known by its id, strategy and engine.
 */
export interface PinStore {
  /** Adds a pin as the latest of its id, in place of the one on the same strategy and engine. */
  set(queryId: string, pin: QueryPin): void
  /** This process's pin on a strategy and engine, or another's; without a place, the latest of the id. */
  get(queryId: string, place?: PinPlace): QueryPin | undefined
  /** Removes this process's pin on a strategy and engine; without a place, all pins of the id. */
  delete(queryId: string, place?: PinPlace): void
  /** This process's pins, for the sweep. */
  own(): Iterable<[queryId: string, pin: QueryPin]>
  /** All pins known on this host, for people who look. */
  all(): Iterable<[queryId: string, pin: QueryPin]>
}
