import { PinMap, type PinPlace } from './pin-map.ts'
import type { PinEntry, PinRegistry } from './pin-registry.ts'
import type { PinStore, QueryPin } from './strategy-store.ts'

/** The services that the pins need from their store. */
export interface PinMedium {
  /** Runs `work` on the leases, if they are available. */
  attempt<T>(work: (leases: PinRegistry) => T): T | undefined
  /** Schedules a call of `flush`. */
  flushSoon(): void
  /** Calls `flush` immediately. */
  flushNow(): void
}

/**
 * The pins of this thread, kept in memory first: most queries are registered and dropped before the next flush, and
 * touch no file. `flush` writes the remaining ones to the lease that others read.
 */
export class SharedPinStore implements PinStore {
  readonly #medium: PinMedium
  /** Pins that are not in the lease yet. */
  #fresh = new PinMap<QueryPin>()
  /** Pins in the lease, as of the last flush. */
  #written = new PinMap<QueryPin>()
  #isLeaseOutdated = false
  /** No queries run for now, and the process may end before a delayed write. */
  #isResting = false

  constructor(medium: PinMedium) {
    this.#medium = medium
  }

  set(queryId: string, pin: QueryPin): void {
    this.#isResting = false
    if (this.#written.delete(queryId, pin)) this.#isLeaseOutdated = true
    this.#fresh.set(queryId, pin)
    this.#medium.flushSoon()
  }

  get(queryId: string, place?: PinPlace): QueryPin | undefined {
    const own = this.#fresh.get(queryId, place) ?? this.#written.get(queryId, place)
    return own ?? this.#medium.attempt((leases) => leases.find(queryId, place))
  }

  delete(queryId: string, place?: PinPlace): void {
    this.#fresh.delete(queryId, place)
    if (!this.#written.delete(queryId, place)) return
    this.#isLeaseOutdated = true
    if (this.#isResting) this.#medium.flushNow()
    else this.#medium.flushSoon()
  }

  /** Until the next query, dropped pins are written immediately. */
  rest(): void {
    this.#isResting = true
    this.#medium.flushNow()
  }

  *own(): Generator<[string, QueryPin]> {
    yield* this.#written
    yield* this.#fresh
  }

  *all(): Generator<[string, QueryPin]> {
    yield* this.own()
    for (const [queryId, pin] of this.#medium.attempt((leases) => [...leases.others()]) ?? []) yield [queryId, pin]
  }

  /** Updates the lease. Returns the pins that are dropped because it was swept in the meantime. */
  flush(leases: PinRegistry): PinEntry[] {
    if (this.#isResting && this.#fresh.size + this.#written.size === 0) {
      leases.release() // A lease without pins has no purpose.
      this.#isLeaseOutdated = false
      return []
    }
    const isRenewalDue = this.#written.size > 0 && leases.isDue()
    if (this.#fresh.size === 0 && !this.#isLeaseOutdated && !isRenewalDue) return []
    let dropped: PinEntry[] = []
    if (leases.write(this.own()) === 'lost') {
      // This thread was paused for longer than its lease, which others have swept; its pins stay dropped.
      dropped = [...this.#written]
      this.#written = new PinMap()
      if (this.#fresh.size > 0) leases.write(this.#fresh)
    }
    for (const [queryId, pin] of this.#fresh) this.#written.set(queryId, pin)
    this.#fresh = new PinMap()
    this.#isLeaseOutdated = false
    return dropped
  }

  /** The lease is not available: all pins count as not written. */
  detach(): void {
    this.#fresh = new PinMap(this.own())
    this.#written = new PinMap()
    this.#isLeaseOutdated = false
  }
}
