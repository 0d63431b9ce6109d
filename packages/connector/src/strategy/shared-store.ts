import { createHash } from 'node:crypto'
import type { CancelSchedule, Clock } from '../time/clock.ts'
import { type LeaseHolder, newLeaseName, thisHolder } from './lease-holder.ts'
import { type PinEntry, PinRegistry } from './pin-registry.ts'
import type { PastState } from './recent-changes.ts'
import {
  currentUser,
  DEFAULT_DIRECTORIES,
  DraftFolder,
  hostIdentity,
  PrivateFolder,
  StoreFault,
} from './shared-files.ts'
import { decodeCheck, encodeCheck, SHARED_FORMAT } from './shared-format.ts'
import { SharedPinStore } from './shared-pins.ts'
import { confirmedUpdate, isConfirmation, rejoin, withCheck } from './shared-reconcile.ts'
import { type Version, VersionChain } from './shared-versions.ts'
import type { StrategyState } from './strategy-state.ts'
import type { StoreNotice, StrategyStore, StrategyUpdate } from './strategy-store.ts'

export interface SharedStoreOptions {
  /**
   * The identity of the cluster: host, port, cluster name, no token. Programs with the same key and user share a state.
   */
  key: string
  /** A hexadecimal hash of the user's name; each user of a cluster has a state. */
  user?: string | undefined
  /** The initial state when none is shared yet. */
  initial: StrategyState
  clock: Clock
  /** The parent of this user's private folder. @default /dev/shm if usable, otherwise the temporary folder */
  directory?: string | undefined
  /** The time without renewal after which a process's pins may be swept, in milliseconds. @default 60000 */
  leaseMs?: number
  /** The time before an unusable folder is tried again, in milliseconds. @default 30000 */
  retryMs?: number
}

/** The maximum delay of a change of pins or a confirmation, which batches writes, in milliseconds. */
const FLUSH_AFTER_MS = 100

/** The maximum fraction of the time spent writing. */
const FLUSH_SHARE = 1 / 20

/** The interval of unconditional checks for missed changes and for sweeps, in milliseconds. */
const ROUND_EVERY_MS = 10_000

/** The time without use after which a cluster's folder may be removed, in milliseconds. */
const FORSAKEN_AFTER_MS = 86_400_000
const TOUCH_EVERY_MS = 3_600_000

/** The maximum number of notices kept for a listener that may never be added. */
const MOST_EARLY_NOTICES = 100

/** The maximum number of past states shown in an inspection. */
const LONGEST_HISTORY = 50

const CHECK = 'checked'
const CLUSTER_FOLDER = /^v\d+-[0-9a-f]{24}(-[0-9a-f]+)?$/

/**
 * Opens the state of a cluster that the threads and processes of a host share. Never throws: if the folder is not
 * usable, the store continues in this process's memory, reports it in one notice, and tries again automatically.
 */
export function openSharedStore(options: SharedStoreOptions): StrategyStore {
  const { initial, clock, key, user, directory, leaseMs = 60_000, retryMs = 30_000 } = options
  const directories = directory === undefined ? DEFAULT_DIRECTORIES : [directory]
  return new SharedStrategyStore({ key, user, directories, leaseMs, retryMs }, initial, clock)
}

type Settings = Required<Pick<SharedStoreOptions, 'key' | 'user' | 'leaseMs' | 'retryMs'>> & {
  readonly directories: readonly string[]
}

type Medium =
  | { readonly kind: 'unopened' }
  | {
      readonly kind: 'open'
      readonly root: PrivateFolder
      readonly making: DraftFolder
      readonly versions: VersionChain
      readonly leases: PinRegistry
      readonly users: () => string[]
      readonly stopWatching: () => void
    }
  | { readonly kind: 'unavailable'; readonly retryAt: number }
  | { readonly kind: 'closed' }

type OpenMedium = Extract<Medium, { kind: 'open' }>

class SharedStrategyStore implements StrategyStore {
  readonly pins: SharedPinStore
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #holder: LeaseHolder = thisHolder()
  readonly #listeners = new Set<(update: StrategyUpdate) => void>()
  readonly #noticeListeners = new Set<(notice: StoreNotice) => void>()
  readonly #earlyNotices: StoreNotice[] = []
  #medium: Medium = { kind: 'unopened' }
  /** The newest version seen; its state may be ahead of the file by a confirmation. */
  #version: Version
  /** The state when the medium was last available: later changes are shared when it is back. */
  #sharedState: StrategyState
  #isCheckOutdated = false
  #touchedAt = Number.NEGATIVE_INFINITY
  #cancelFlush: CancelSchedule | undefined
  #flushDelayMs = FLUSH_AFTER_MS
  #cancelRound: CancelSchedule

  constructor(settings: Settings, initial: StrategyState, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
    this.#version = { number: 0, state: initial, seenAt: Number.NEGATIVE_INFINITY }
    this.#sharedState = initial
    this.pins = new SharedPinStore({
      attempt: (work) => this.#attempt(({ leases }) => work(leases)),
      flushSoon: () => this.#flushSoon(),
      flushNow: () => this.#flush(),
    })
    this.#open()
    this.#cancelRound = this.#scheduleRound()
  }

  read(): StrategyState {
    return this.#version.state
  }

  update(change: (state: StrategyState) => StrategyState): StrategyUpdate {
    const before = this.#version.state
    if (change(before) === before) return { before, after: before } // Most updates change nothing and touch no file.
    return this.#attempt(({ versions }) => this.#publish(versions, change)) ?? this.#updateInMemory(change)
  }

  refresh(): void {
    this.#attempt((medium) => this.#readNews(medium))
  }

  history(): readonly PastState[] {
    return this.#attempt(({ versions }) => versions.history(LONGEST_HISTORY)) ?? []
  }

  users(): readonly string[] {
    return this.#attempt(({ users }) => users()) ?? []
  }

  onChange(listener: (update: StrategyUpdate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onNotice(listener: (notice: StoreNotice) => void): () => void {
    this.#noticeListeners.add(listener)
    for (const notice of this.#earlyNotices.splice(0)) listener(notice)
    return () => this.#noticeListeners.delete(listener)
  }

  rest(): void {
    this.pins.rest()
  }

  close(): void {
    this.#cancelRound()
    this.#cancelFlush?.()
    this.#attempt((medium) => {
      this.#writeCheck(medium)
      medium.leases.release()
    })
    if (this.#medium.kind === 'open') this.#medium.stopWatching()
    this.#medium = { kind: 'closed' }
  }

  #publish(versions: VersionChain, change: (state: StrategyState) => StrategyState): StrategyUpdate {
    const known = this.#version
    const { before, after } = versions.update(known, change)
    const { theirs, own } = confirmedUpdate(known.state, before.state, after.state)
    this.#version = { ...after, state: own }
    if (after.number === before.number && own !== theirs) {
      this.#isCheckOutdated = true
      this.#flushSoon()
    }
    this.#tell({ before: known.state, after: theirs }) // Last, because a listener may change the state itself.
    return { before: theirs, after: own }
  }

  #updateInMemory(change: (state: StrategyState) => StrategyState): StrategyUpdate {
    const before = this.#version.state
    const after = change(before)
    this.#version = { ...this.#version, state: after }
    return { before, after }
  }

  /** Takes over the changes of other processes, and reports them. */
  #adopt(version: Version): void {
    const before = this.#version.state
    const after = withCheck(version.state, before)
    this.#version = { ...version, state: after }
    this.#tell({ before, after })
  }

  #tell(update: StrategyUpdate): void {
    if (isConfirmation(update.before, update.after)) return
    for (const listener of this.#listeners) listener(update)
  }

  #lookUp({ versions }: OpenMedium): void {
    const newest = versions.newest(this.#version)
    if (newest.number === this.#version.number) this.#version = newest
    else this.#adopt(newest)
  }

  #readNews(medium: OpenMedium): void {
    this.#lookUp(medium)
    const text = medium.root.read(CHECK)
    const check = text === undefined ? undefined : readableCheck(text, this.#clock.now())
    if (check) this.#version = { ...this.#version, state: withCheck(this.#version.state, check) }
  }

  #writeCheck({ root, making }: OpenMedium): void {
    if (!this.#isCheckOutdated) return
    this.#isCheckOutdated = false
    root.replace(CHECK, encodeCheck(this.#version.state), making)
  }

  #flushSoon(): void {
    if (this.#medium.kind !== 'open') return
    this.#cancelFlush ??= this.#clock.schedule(this.#flushDelayMs, () => this.#flush(), 'background')
  }

  #flush(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    const begunAt = this.#clock.now()
    this.#attempt((medium) => {
      this.#writeCheck(medium)
      this.#tellSwept(this.pins.flush(medium.leases))
    })
    this.#flushDelayMs = Math.max(FLUSH_AFTER_MS, (this.#clock.now() - begunAt) / FLUSH_SHARE)
  }

  #scheduleRound(): CancelSchedule {
    const { leaseMs, retryMs } = this.#settings
    const round = () => {
      this.#round()
      if (this.#medium.kind !== 'closed') this.#cancelRound = this.#scheduleRound()
    }
    return this.#clock.schedule(Math.min(ROUND_EVERY_MS, leaseMs / 4, retryMs), round, 'background')
  }

  #round(): void {
    if (this.#medium.kind === 'unavailable' && this.#clock.now() >= this.#medium.retryAt) this.#open()
    this.#attempt((medium) => {
      this.#readNews(medium)
      this.#tellSwept(this.pins.flush(medium.leases))
      this.#tellSwept(medium.leases.sweep())
      medium.versions.sweep()
      this.#touch(medium.root)
    })
  }

  /** A process without traffic writes nothing, but still uses the folder. */
  #touch(root: PrivateFolder): void {
    if (this.#clock.now() - this.#touchedAt < TOUCH_EVERY_MS) return
    this.#touchedAt = this.#clock.now()
    root.touch()
  }

  #tellSwept(pins: Iterable<PinEntry>): void {
    for (const [queryId, pin] of pins) this.#notify({ kind: 'swept', queryId, pin })
  }

  #notify(notice: StoreNotice): void {
    for (const listener of this.#noticeListeners) listener(notice)
    const isUnheard = this.#noticeListeners.size === 0 && this.#earlyNotices.length < MOST_EARLY_NOTICES
    if (isUnheard) this.#earlyNotices.push(notice)
  }

  /** Runs `work` on the medium if it is available; an error makes it unavailable, and never reaches the caller. */
  #attempt<T>(work: (medium: OpenMedium) => T): T | undefined {
    if (this.#medium.kind !== 'open') return undefined
    try {
      return work(this.#medium)
    } catch (error) {
      this.#lose(error)
      return undefined
    }
  }

  #open(): void {
    const isRetry = this.#medium.kind === 'unavailable'
    let medium: OpenMedium | undefined
    try {
      medium = openMedium(this.#settings, this.#holder, this.#clock, () => this.#attempt((open) => this.#lookUp(open)))
      this.#meet(medium.versions, isRetry ? this.#openAgain(medium.versions) : medium.versions.open(this.read()))
      this.#readNews(medium)
      this.#tellSwept(medium.leases.sweep())
      this.#tellSwept(this.pins.flush(medium.leases))
      this.#medium = medium
      if (isRetry) this.#notify({ kind: 'available' })
    } catch (error) {
      medium?.stopWatching()
      this.#lose(error, isRetry ? 'known' : 'news')
    }
  }

  /** A newest version that is still damaged after all this time will not be fixed by another process. */
  #openAgain(versions: VersionChain): Version {
    try {
      return versions.open(this.read())
    } catch (error) {
      if (!isDamage(error)) throw error
      versions.publishOver(this.read())
      return versions.open(this.read())
    }
  }

  /** Combines the shared state with the changes this process made while it could not read it. */
  #meet(versions: VersionChain, newest: Version): void {
    const own = this.#version.state
    this.#adopt(versions.update(newest, (shared) => rejoin(own, shared, this.#sharedState)).after)
  }

  #lose(error: unknown, kind: 'news' | 'known' = 'news'): void {
    if (this.#medium.kind === 'open') {
      const { leases, stopWatching } = this.#medium
      stopWatching()
      ifPossible(() => leases.release()) // Otherwise it expires.
      this.#sharedState = this.#version.state
    }
    this.pins.detach()
    this.#medium = { kind: 'unavailable', retryAt: this.#clock.now() + this.#settings.retryMs }
    if (kind === 'news') this.#notify({ kind: 'unavailable', reason: reasonOf(error) })
  }
}

function openMedium(settings: Settings, holder: LeaseHolder, clock: Clock, onNews: () => void): OpenMedium {
  const user = PrivateFolder.openInFirst(settings.directories, `e6data-${currentUser() ?? 'user'}`)
  const cluster = folderName(settings.key)
  const name = settings.user === undefined ? cluster : `${cluster}-${settings.user}`
  if (!user.has(name)) ifPossible(() => sweepForsaken(user))
  const root = user.folder(name)
  const states = root.folder('states')
  const making = new DraftFolder(root.folder('making'), newLeaseName(holder))
  const leases = new PinRegistry(root.folder('leases'), making, holder, clock, settings.leaseMs)
  const versions = new VersionChain(states, (name, text) => states.publish(name, text, making), clock)
  // The watch speeds up news; the system may have too many watches, or none.
  const stopWatching = ifPossible(() => states.watch(onNews)) ?? (() => undefined)
  const users = () => usersOf(cluster, user.names())
  return { kind: 'open', root, making, versions, leases, users, stopWatching }
}

/** The users that have a folder of a cluster, in order. */
function usersOf(cluster: string, names: readonly string[]): string[] {
  const prefix = `${cluster}-`
  return names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .sort()
}

/** A container, or the host after another boot, gets a folder of its own: its clock and process numbers differ. */
function folderName(key: string): string {
  const hash = createHash('sha256').update(`${key}|${hostIdentity()}`).digest('hex')
  return `v${SHARED_FORMAT}-${hash.slice(0, 24)}`
}

function sweepForsaken(user: PrivateFolder): void {
  for (const name of user.names()) {
    if (CLUSTER_FOLDER.test(name) && user.untouchedMs(name) > FORSAKEN_AFTER_MS) user.remove(name)
  }
}

/** Runs optional work on which nothing depends. */
function ifPossible<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** A damaged confirmation is ignored; the next one replaces it. */
function readableCheck(text: string, now: number): ReturnType<typeof decodeCheck> | undefined {
  try {
    return decodeCheck(text, now)
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof StoreFault && error.kind === 'damaged'
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
