import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openSharedStore, type SharedStoreOptions } from '../../src/strategy/shared-store.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from '../../src/strategy/strategy-state.ts'
import type { StoreNotice, StrategyStore } from '../../src/strategy/strategy-store.ts'
import { ManualClock } from '../manual-clock.ts'
import { SHARED_MEMORY } from './shared-memory.ts'

export const TEST_KEY = 'localhost|80|test'

/** A store opened in a test, with its reports. */
export interface OpenedStore {
  readonly store: StrategyStore
  readonly notices: StoreNotice[]
}

/** A folder for the stores of one test, with a manual clock. `using` closes the stores and removes it. */
export class HostFolder implements Disposable {
  readonly directory = mkdtempSync(join(SHARED_MEMORY, 'e6data-test-'))
  readonly clock = new ManualClock()
  readonly #stores: StrategyStore[] = []

  open(more: Partial<SharedStoreOptions> = {}): OpenedStore {
    const store = openSharedStore({
      key: TEST_KEY,
      directory: this.directory,
      initial: initialStrategyState(DEFAULT_STRATEGY_LIMITS),
      clock: this.clock,
      ...more,
    })
    this.#stores.push(store)
    const notices: StoreNotice[] = []
    store.onNotice?.((notice) => notices.push(notice))
    return { store, notices }
  }

  /** The user's private folder. */
  get userFolder(): string {
    return join(this.directory, this.#onlyName(this.directory))
  }

  /** The folder of the only cluster for which a store was opened. */
  get clusterFolder(): string {
    return join(this.userFolder, this.#onlyName(this.userFolder))
  }

  [Symbol.dispose](): void {
    for (const store of this.#stores) store.close()
    rmSync(this.directory, { recursive: true, force: true })
  }

  #onlyName(folder: string): string {
    const [name, ...more] = readdirSync(folder)
    if (name === undefined || more.length > 0) throw new Error(`${folder} should hold one folder`)
    return name
  }
}
