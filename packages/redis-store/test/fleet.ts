import { randomUUID } from 'node:crypto'
import { type StoreNotice, type StrategyManager, type StrategyStore, strategyManager } from 'e6data-connector'
import { type RedisSource, type RedisStoreOptions, redisStrategyStore } from 'e6data-redis-store'

/** A host of a fleet: its own store, and the manager that a program has. */
export interface Host {
  readonly store: StrategyStore
  readonly manager: StrategyManager
  readonly notices: StoreNotice[]
}

export type HostOptions = Partial<RedisStoreOptions> & { readonly username?: string; readonly clusterName?: string }

/** Hosts that share a cluster of their own. `using` closes them. */
export class Fleet implements Disposable {
  readonly #redis: RedisSource
  /** The host of the cluster. */
  readonly address = `${randomUUID()}.example.com`
  readonly #managers: StrategyManager[] = []

  constructor(redis: RedisSource) {
    this.#redis = redis
  }

  host({ username = 'alice', clusterName = 'prod', ...options }: HostOptions = {}): Host {
    const open = redisStrategyStore({ redis: this.#redis, ...options })
    const notices: StoreNotice[] = []
    let store: StrategyStore | undefined
    const manager = strategyManager({
      ...{ host: this.address, port: 443, username, clusterName },
      strategyStore: (place) => {
        store = open(place)
        store.onNotice?.((notice) => notices.push(notice))
        return store
      },
    })
    this.#managers.push(manager)
    return { store: store!, manager, notices }
  }

  [Symbol.dispose](): void {
    for (const manager of this.#managers) manager.close()
  }
}

const LOOK_EVERY_MS = 5

/** Waits for a state without an event. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, mostMs = 10_000): Promise<void> {
  const endsAt = performance.now() + mostMs
  while (!(await condition())) {
    if (performance.now() > endsAt) throw new Error(`${what}: not within ${mostMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
