import type { LeaseBook, PinEntry } from './lease-book.ts'
import { PinMap, type PinPlace } from './pin-map.ts'
import type { PinStore, QueryPin } from './strategy-store.ts'

/** What the pins ask of the store they belong to. */
export interface PinMedium {
  /** Does `work` on the leases, if they can be had. */
  attempt<T>(work: (leases: LeaseBook) => T): T | undefined
  /** Has `flush` called before long. */
  flushSoon(): void
  /** Has `flush` called at once. */
  flushNow(): void
}

/**
 * The pins of this thread, in its memory first: a query that is registered and cleaned before the next flush, as most are,
 * touches no file. `flush` moves those that remain to the lease that others read.
 */
export class SharedPinStore implements PinStore {
  readonly #medium: PinMedium
  /** Not in the lease yet. */
  #fresh = new PinMap<QueryPin>()
  /** In the lease, as of the last flush. */
  #written = new PinMap<QueryPin>()
  #isLeaseOutdated = false
  /** Nobody runs queries for now: there may be no later time to write what is forgotten. */
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

  /** Until the next query, what is forgotten is written at once. */
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

  /** Brings the lease up to date. Returns the pins that are dropped because it was swept in the meantime. */
  flush(leases: LeaseBook): PinEntry[] {
    if (this.#isResting && this.#fresh.size + this.#written.size === 0) {
      leases.release() // a lease without pins tells nobody anything
      this.#isLeaseOutdated = false
      return []
    }
    const isRenewalDue = this.#written.size > 0 && leases.isDue()
    if (this.#fresh.size === 0 && !this.#isLeaseOutdated && !isRenewalDue) return []
    let dropped: PinEntry[] = []
    if (leases.write(this.own()) === 'lost') {
      // This thread was paused for longer than its lease, and others have swept it: what was swept stays so.
      dropped = [...this.#written]
      this.#written = new PinMap()
      if (this.#fresh.size > 0) leases.write(this.#fresh)
    }
    for (const [queryId, pin] of this.#fresh) this.#written.set(queryId, pin)
    this.#fresh = new PinMap()
    this.#isLeaseOutdated = false
    return dropped
  }

  /** The lease is out of reach: all pins count as not written. */
  detach(): void {
    this.#fresh = new PinMap(this.own())
    this.#written = new PinMap()
    this.#isLeaseOutdated = false
  }
}
