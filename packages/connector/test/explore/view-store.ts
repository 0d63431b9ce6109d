import { MemoryPinStore } from '../../src/strategy/memory-store.ts'
import { decodeVersion, encodeVersion } from '../../src/strategy/shared-format.ts'
import { confirmedUpdate, isConfirmation, withCheck } from '../../src/strategy/shared-reconcile.ts'
import type { Version, VersionFolder } from '../../src/strategy/shared-versions.ts'
import type { StrategyState } from '../../src/strategy/strategy-state.ts'
import type { StrategyStore, StrategyUpdate } from '../../src/strategy/strategy-store.ts'
import type { Clock } from '../../src/time/clock.ts'
import type { Rules } from './rules.ts'
import { type Host, type Medium, NOW } from './world.ts'

/** The version that a process has seen which is behind, and the newest one. */
const SEEN = 1
const NEWEST = 2

/**
 * One process's store, set to any state of the search: its view, and what is shared. Files are strings in memory, by the
 * shared store's own format; versions are published and merged by its own functions.
 */
export class ViewStore implements StrategyStore {
  readonly pins = new MemoryPinStore()
  readonly #rules: Rules
  readonly #clock: Clock
  readonly #listeners = new Set<(update: StrategyUpdate) => void>()
  /** What is shared, and the versions that were published since. */
  #shared = {} as StrategyState
  readonly #files = new Map<number, string>()
  #version: Version = { number: 0, state: this.#shared, seenAt: NOW }
  #newest = NEWEST
  #check: Medium['check']
  #aloneFrom: StrategyState | undefined

  constructor(rules: Rules, clock: Clock) {
    this.#rules = rules
    this.#clock = clock
  }

  load({ state, check }: Medium, { view, isBehind, aloneFrom }: Pick<Host, 'view' | 'isBehind' | 'aloneFrom'>): void {
    this.#aloneFrom = aloneFrom
    this.#files.clear()
    this.#shared = state
    this.#newest = NEWEST
    this.#check = check
    this.#version = { number: isBehind ? SEEN : NEWEST, state: view, seenAt: NOW }
  }

  /** What is shared now, and what this process has seen of it. */
  unload(medium: Medium): { medium: Medium; view: StrategyState; isBehind: boolean } {
    const isPublished = this.#newest !== NEWEST
    return {
      medium: isPublished ? { ...medium, state: this.#readNewest() } : medium,
      view: this.#version.state,
      isBehind: this.#version.number !== this.#newest,
    }
  }

  read(): StrategyState {
    return this.#version.state
  }

  update(change: (state: StrategyState) => StrategyState): StrategyUpdate {
    const known = this.#version.state
    if (change(known) === known) return { before: known, after: known }
    if (this.#aloneFrom) {
      this.#version = { ...this.#version, state: change(known) }
      return { before: known, after: this.#version.state }
    }
    const { before, after } = this.#rules.updateShared(this.#folder, this.#version, change, this.#clock)
    const { theirs, own } = confirmedUpdate(known, before.state, after.state)
    this.#version = { ...after, state: own }
    this.#tell({ before: known, after: theirs })
    return { before: theirs, after: own }
  }

  /** The process sees again what is shared: what either side has learnt is brought together. */
  meet(): void {
    const own = this.#version.state
    const base = this.#aloneFrom!
    this.#aloneFrom = undefined
    const newest = { number: this.#newest, state: this.#readNewest(), seenAt: NOW }
    const join = (shared: StrategyState) => this.#rules.rejoin(own, shared, base)
    const { after } = this.#rules.updateShared(this.#folder, newest, join, this.#clock)
    const state = withCheck(after.state, own)
    this.#version = { ...after, state }
    this.#tell({ before: own, after: state })
    this.refresh()
  }

  refresh(): void {
    if (this.#aloneFrom) return
    if (this.#version.number !== this.#newest) {
      const before = this.#version.state
      const after = withCheck(this.#readNewest(), before)
      this.#version = { number: this.#newest, state: after, seenAt: NOW }
      this.#tell({ before, after })
    }
    if (this.#check) this.#version = { ...this.#version, state: withCheck(this.#version.state, this.#check) }
  }

  onChange(listener: (update: StrategyUpdate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#listeners.clear()
  }

  #readNewest(): StrategyState {
    return decodeVersion(this.#fileOf(this.#newest), NOW).state
  }

  #fileOf(number: number): string {
    return this.#files.get(number) ?? encodeVersion({ publishedAt: NOW, state: this.#shared })
  }

  #tell(update: StrategyUpdate): void {
    if (isConfirmation(update.before, update.after)) return
    for (const listener of this.#listeners) listener(update)
  }

  readonly #folder: VersionFolder & { readonly publish: (name: string, text: string) => 'published' | 'taken' } = {
    has: (name) => Number(name) >= SEEN && Number(name) <= this.#newest,
    names: () => Array.from({ length: this.#newest }, (_, index) => String(index + 1)),
    read: (name) => this.#fileOf(Number(name)),
    remove: (name) => void this.#files.delete(Number(name)),
    publish: (name, text) => {
      if (Number(name) <= this.#newest) return 'taken'
      this.#newest = Number(name)
      this.#files.set(this.#newest, text)
      return 'published'
    },
  }
}
