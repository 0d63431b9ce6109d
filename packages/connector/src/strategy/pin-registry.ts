import type { Clock } from '../time/clock.ts'
import { holderOf, isAlive, type LeaseHolder, newLeaseName } from './lease-holder.ts'
import type { PinPlace } from './pin-map.ts'
import { type DraftFolder, isMissing, type PrivateFolder, StoreFault } from './shared-files.ts'
import { decodeLease, encodeLease, isSharedText, type LeaseFile } from './shared-format.ts'
import type { QueryPin } from './strategy-store.ts'

export type PinEntry = readonly [queryId: string, pin: QueryPin]

/** The minimum time between two reads of other leases, in milliseconds, however many unknown queries are looked up. */
const RESCAN_MS = 100

/** The time without lookups after which the pins of others are dropped from memory, in milliseconds. */
const FORGET_OTHERS_MS = 60_000

/** The maximum number of shared pins: with more, rewriting the file would take noticeable time. */
const MOST_SHARED_PINS = 10_000

const PINS = 'pins'

/**
 * The pins of the queries on this host. Each thread of a process writes its pins to its own lease: a folder with its
 * name, and the file `pins` in it. A process that finds a lease whose owner is gone, or that was not renewed in time,
 * moves the folder away in one step. The owner's later writes then fail, so swept pins cannot come back.
 */
export class PinRegistry {
  #own: { readonly name: string; readonly folder: PrivateFolder; readonly renewedAt: number } | undefined
  readonly #others = new Map<string, { stamp: string; file: LeaseFile }>()
  #scannedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly leases: PrivateFolder,
    private readonly making: DraftFolder,
    private readonly holder: LeaseHolder,
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {}

  /** Writes all pins of this thread. Returns `lost` and writes nothing when the lease was swept in the meantime. */
  write(pins: Iterable<PinEntry>): 'written' | 'lost' {
    const now = this.clock.now()
    const text = encodeLease(now, shareable(pins))
    const name = this.#own?.name ?? newLeaseName(this.holder)
    const folder = this.#own?.folder ?? this.leases.makeNew(name)
    try {
      folder.replace(PINS, text, this.making)
    } catch (error) {
      if (!isMissing(error)) throw error
      this.#own = undefined
      return 'lost'
    }
    this.#own = { name, folder, renewedAt: now }
    return 'written'
  }

  /** Whether enough of the lease's time has passed to write it again. */
  isDue(): boolean {
    return this.#own !== undefined && this.clock.now() - this.#own.renewedAt >= this.leaseMs / 4
  }

  release(): void {
    if (this.#own) this.leases.takeAway(this.#own.name, this.making)?.removeAll()
    this.#own = undefined
  }

  /** Returns another thread's pin at a place; without a place, the most recently active pin of the id. */
  find(queryId: string, place?: PinPlace): QueryPin | undefined {
    if (this.clock.now() - this.#scannedAt > RESCAN_MS) this.#scan()
    let latest: QueryPin | undefined
    for (const { file } of this.#others.values()) {
      const pin = file.pins.get(queryId, place)
      if (pin && !(latest && latest.lastActivityAt > pin.lastActivityAt)) latest = pin
    }
    return latest
  }

  /** The pins of all other threads with a running process and a current lease. */
  *others(): Generator<PinEntry> {
    this.#scan()
    for (const { file } of this.#others.values()) yield* file.pins
  }

  /** Removes the leases of dead processes and expired ones. Returns the pins they contained. */
  sweep(): PinEntry[] {
    const swept: PinEntry[] = []
    for (const name of this.leases.names()) {
      const holder = holderOf(name)
      if (!holder || name === this.#own?.name || this.#isHeld(holder, this.#read(name, holder))) continue
      const taken = this.leases.takeAway(name, this.making)
      if (!taken) continue
      this.#others.delete(name) // Swept pins must not be found either.
      swept.push(...(readLease(taken, PINS, holder, this.clock.now())?.pins ?? []))
      taken.removeAll()
    }
    this.#sweepDrafts()
    if (this.clock.now() - this.#scannedAt > FORGET_OTHERS_MS) this.#others.clear()
    return swept
  }

  /** Removes drafts of processes that died while writing. */
  #sweepDrafts(): void {
    for (const name of this.making.folder.names()) {
      const maker = holderOf(name)
      if (maker && !isAlive(maker)) this.making.folder.remove(name)
    }
  }

  #scan(): void {
    const held = new Set<string>()
    for (const name of this.leases.names()) {
      const holder = holderOf(name)
      if (!holder || name === this.#own?.name) continue
      const stamp = this.leases.stamp(`${name}/${PINS}`)
      const known = this.#others.get(name)
      const file = known !== undefined && known.stamp === stamp ? known.file : this.#read(name, holder)
      if (stamp === undefined || !file || !this.#isHeld(holder, file)) continue
      held.add(name)
      this.#others.set(name, { stamp, file })
    }
    for (const name of this.#others.keys()) if (!held.has(name)) this.#others.delete(name)
    this.#scannedAt = this.clock.now()
  }

  #read(name: string, holder: LeaseHolder): LeaseFile | undefined {
    return readLease(this.leases, `${name}/${PINS}`, holder, this.clock.now())
  }

  /** A lease without a readable file may be brand new, so only the process counts. */
  #isHeld(holder: LeaseHolder, file: LeaseFile | undefined): boolean {
    const isRenewed = file === undefined || this.clock.now() - file.renewedAt <= this.leaseMs
    return isRenewed && isAlive(holder)
  }
}

/** A damaged lease is its owner's problem, and no reason to abandon the store. */
function readLease(folder: PrivateFolder, path: string, holder: LeaseHolder, now: number): LeaseFile | undefined {
  try {
    const text = folder.read(path)
    return text === undefined ? undefined : decodeLease(text, holder.pid, now)
  } catch (error) {
    if (error instanceof StoreFault || isMissing(error)) return undefined
    throw error
  }
}

function* shareable(pins: Iterable<PinEntry>): Generator<PinEntry> {
  let count = 0
  for (const entry of pins) {
    if (count === MOST_SHARED_PINS) return
    if (!isSharedText(entry[0]) || !isSharedText(entry[1].engineIp)) continue
    count += 1
    yield entry
  }
}
