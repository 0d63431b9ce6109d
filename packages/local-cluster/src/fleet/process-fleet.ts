import { constants } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { ResolvedClusterOptions } from '../cluster-options.ts'
import { STRATEGIES, type Strategy } from '../deployment/strategy.ts'
import { ChildHost } from '../engine/child-host.ts'
import { engineAddress } from '../engine/engine-socket.ts'
import { WriteLog } from '../engine/write-log.ts'
import type { Write } from '../engine/write-order.ts'
import type { EngineFleet } from './engine-fleet.ts'
import { databasePath, dataSource, engineOptions, warehouseOptions } from './engine-settings.ts'

/** The name of the warehouse that each engine starts with a copy of. */
const BASE = 'base'

/** Engines in their own processes, each with its own copy of the data, replicated by a log of writes. */
export class ProcessFleet implements EngineFleet {
  readonly #running = new Map<Strategy, ChildHost>()
  readonly #spawned: Map<Strategy, ChildHost>
  readonly #alive = new Set<ChildHost>()
  readonly #writes: WriteLog

  private constructor(
    private readonly options: ResolvedClusterOptions,
    private readonly folder: string,
    onDivergence: (write: Write, error: unknown) => void,
  ) {
    this.#writes = new WriteLog(() => [...this.#running.values()], onDivergence)
    // Node starts slowly: both processes start while the data is generated.
    this.#spawned = new Map(STRATEGIES.map((strategy) => [strategy, this.#spawn(strategy)]))
  }

  static async open(
    options: ResolvedClusterOptions,
    folder: string,
    onDivergence: (write: Write, error: unknown) => void,
  ): Promise<ProcessFleet> {
    const fleet = new ProcessFleet(options, folder, onDivergence)
    try {
      const generator = fleet.#spawned.get('blue')!
      await generator.start(
        {
          kind: 'generate',
          warehouse: warehouseOptions(options, folder, BASE, 'file'),
          source: dataSource(options),
        },
        options.startTimeoutMs,
      )
      return fleet
    } catch (error) {
      await fleet.close()
      throw error
    }
  }

  async start(strategy: Strategy): Promise<ChildHost> {
    const host = this.#spawned.get(strategy) ?? this.#spawn(strategy)
    this.#spawned.delete(strategy)
    try {
      await this.#writes.quietly(async () => {
        const path = databasePath(this.folder, strategy)
        await rm(`${path}.wal`, { force: true })
        await copyFile(databasePath(this.folder, BASE), path, constants.COPYFILE_FICLONE)
        await host.start(
          {
            kind: 'start',
            options: engineOptions(this.options, strategy),
            warehouse: warehouseOptions(this.options, this.folder, strategy, 'file'),
            address: host.address,
            missedWrites: this.#writes.writes,
          },
          this.options.startTimeoutMs,
        )
        this.#running.set(strategy, host)
      })
    } catch (error) {
      await host.kill()
      throw error
    }
    void host.exited.then(() => {
      if (this.#running.get(strategy) === host) this.#running.delete(strategy)
    })
    return host
  }

  /** Kills all remaining processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#alive].map((host) => host.kill()))
  }

  #spawn(strategy: Strategy): ChildHost {
    // A restarted engine gets another address, since the old socket's file may still exist.
    const name = `${strategy}-${Math.random().toString(36).slice(2, 8)}`
    const host = ChildHost.spawn(engineProcessEntry(), this.folder, engineAddress(this.folder, name), this.#writes)
    this.#alive.add(host)
    void host.exited.then(() => this.#alive.delete(host))
    return host
  }
}

/** The built program of an engine's process, found by this package's exports, also when run from sources. */
function engineProcessEntry(): string {
  return createRequire(import.meta.url).resolve('e6data-local-cluster/engine-process')
}
