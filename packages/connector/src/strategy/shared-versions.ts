import type { Clock } from '../time/clock.ts'
import type { PastState } from './recent-changes.ts'
import { isMissing, type PrivateFolder, StoreFault } from './shared-files.ts'
import { decodeVersion, encodeVersion } from './shared-format.ts'
import { isConfirmation } from './shared-reconcile.ts'
import type { StrategyState } from './strategy-state.ts'

/** A published state. Its file's name is its number, which grows by one with each published state. */
export interface Version {
  readonly number: number
  readonly state: StrategyState
  /** The last time this was seen to be the newest, in monotonic milliseconds. */
  readonly seenAt: number
}

/** The folder that the versions are in. */
export type VersionFolder = Pick<PrivateFolder, 'has' | 'names' | 'read' | 'remove'>

/** Gives a file its name in the folder, unless another has it. */
export type PublishFile = (name: string, text: string) => 'published' | 'taken'

export interface VersionChange {
  readonly before: Version
  readonly after: Version
}

/** The time an outdated version is kept, in milliseconds. */
const KEEP_MS = 600_000

/** The maximum number of versions: a program that changes the state endlessly must not fill the memory. */
const KEEP_COUNT = 4096
const KEEP_IN_EXCESS_MS = 2000
const SWEEP_EVERY = 1024

/** The maximum age of a writer's look at the newest version, in milliseconds, for its win to count. */
const STALE_WIN_MS = 60_000

/**
 * The maximum number of attempts. One of several concurrent writers always wins; one that loses this often is being
 * kept from running, and must not block.
 */
const MOST_ATTEMPTS = 1000

const VERSION_NAME = /^[1-9]\d{0,15}$/

/**
 * The states of one cluster, as files named 1, 2, 3 and so on. Each is written elsewhere and put in place by an
 * exclusive link: of two writers with the same number one wins, and the other applies its change again to the winner's
 * state.
 *
 * Removing old versions has a trap: linking a number that others have used and removed is not a win. Two rules prevent
 * that mistake. Versions are removed from the lowest up, so while version n exists, none above it was removed; a win of
 * n + 1 counts only if n, its base, still exists. And a writer whose look at n is older than a minute looks again. A
 * file that was linked in vain is lower than the newest, and only the newest is ever read.
 */
export class VersionChain {
  constructor(
    private readonly folder: VersionFolder,
    private readonly publishFile: PublishFile,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns the newest version, the same object if `known` still is; if there is none, publishes `initial` as the
   * first.
   */
  open(initial: StrategyState): Version {
    if (this.#highest() === 0) this.publish(1, initial)
    return this.#read(this.#highest())
  }

  newest(known: Version): Version {
    const number = this.#newestNumber(known.number)
    return number === known.number ? { ...known, seenAt: this.clock.now() } : this.#read(number)
  }

  /** Applies `change` to the newest state and publishes the result, unless it differs only by a confirmation. */
  update(known: Version, change: (state: StrategyState) => StrategyState): VersionChange {
    let before = known
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      if (this.#isStale(before)) before = this.newest(before)
      const state = change(before.state)
      if (isConfirmation(before.state, state)) return { before, after: { ...before, state } }
      const number = before.number + 1
      const isWon = !this.#isStale(before) && this.publish(number, state) === 'published' && this.#isTrueWin(before)
      if (isWon) {
        if (number % SWEEP_EVERY === 0) this.sweep()
        return { before, after: { number, state, seenAt: this.clock.now() } }
      }
      before = this.newest(before)
    }
    throw new StoreFault('the shared store has too many writers', 'foreign')
  }

  publish(number: number, state: StrategyState): 'published' | 'taken' {
    const text = encodeVersion({ publishedAt: this.clock.now(), state })
    return this.publishFile(String(number), text)
  }

  /** Publishes `state` above a damaged newest version. */
  publishOver(state: StrategyState): void {
    this.publish(this.#highest() + 1, state)
  }

  /** Removes old versions, from the lowest up; never the newest. */
  sweep(): void {
    const numbers = this.#numbers()
    numbers.pop()
    let excess = numbers.length - KEEP_COUNT
    for (const number of numbers) {
      if (!this.#isOlderThan(number, excess > 0 ? KEEP_IN_EXCESS_MS : KEEP_MS)) return
      this.folder.remove(String(number))
      excess -= 1
    }
  }

  /** Returns the last readable versions, oldest first. */
  history(most: number): PastState[] {
    return this.#numbers()
      .slice(-most)
      .flatMap((number) => this.#readPast(number) ?? [])
  }

  #isStale(version: Version): boolean {
    return this.clock.now() - version.seenAt > STALE_WIN_MS
  }

  /** Returns whether the file just linked above `before` was the first with its number. */
  #isTrueWin(before: Version): boolean {
    if (!this.#isStale(before) && this.folder.has(String(before.number))) return true
    // The newest is never removed. If nothing is above it now, the number was never used before.
    return this.#highest() === before.number + 1
  }

  #newestNumber(known: number): number {
    let low = known
    let stride = 1
    while (this.folder.has(String(low + stride))) {
      low += stride
      stride *= 2
    }
    let missing = low + stride
    while (missing - low > 1) {
      const middle = low + Math.floor((missing - low) / 2)
      if (this.folder.has(String(middle))) low = middle
      else missing = middle
    }
    // While `known` exists, the versions above it have no gap, and the last one found is the newest. Otherwise all are
    // listed.
    return this.folder.has(String(known)) ? low : this.#highest()
  }

  #highest(): number {
    return this.#numbers().at(-1) ?? 0
  }

  #numbers(): number[] {
    return this.folder
      .names()
      .filter((name) => VERSION_NAME.test(name))
      .map(Number)
      .sort((a, b) => a - b)
  }

  #read(number: number): Version {
    const text = this.folder.read(String(number))
    if (text === undefined) throw new StoreFault('the newest version of the shared store was removed', 'foreign')
    const now = this.clock.now()
    return { number, state: decodeVersion(text, now).state, seenAt: now }
  }

  /** An unreadable version counts as old, because it is neither complete nor the newest. */
  #isOlderThan(number: number, ageMs: number): boolean {
    const past = this.#readPast(number)
    return past === undefined || this.clock.now() - past.at > ageMs
  }

  #readPast(number: number): PastState | undefined {
    try {
      const text = this.folder.read(String(number))
      const version = text === undefined ? undefined : decodeVersion(text, this.clock.now())
      return version && { at: version.publishedAt, state: version.state }
    } catch (error) {
      if (error instanceof StoreFault || isMissing(error)) return undefined
      throw error
    }
  }
}
