import type { ResolvedClusterOptions } from '../cluster-options.ts'
import { loadData } from '../data/data-source.ts'
import type { Strategy } from '../deployment/strategy.ts'
import type { EngineHost } from '../engine/engine-host.ts'
import { engineAddress } from '../engine/engine-socket.ts'
import { startInProcessEngine } from '../engine/in-process-host.ts'
import { Warehouse } from '../engine/warehouse.ts'
import type { EngineFleet } from './engine-fleet.ts'
import { dataSource, engineOptions, warehouseOptions } from './engine-settings.ts'

/** Both engines in this process, on one warehouse in memory. */
export class InProcessFleet implements EngineFleet {
  private constructor(
    private readonly options: ResolvedClusterOptions,
    private readonly folder: string,
    private readonly warehouse: Warehouse,
  ) {}

  static async open(options: ResolvedClusterOptions, folder: string): Promise<InProcessFleet> {
    const warehouse = await Warehouse.open(warehouseOptions(options, folder, 'shared', 'memory'))
    try {
      const connection = await warehouse.connect()
      await loadData(connection, dataSource(options))
      connection.disconnectSync()
    } catch (error) {
      warehouse.close()
      throw error
    }
    return new InProcessFleet(options, folder, warehouse)
  }

  start(strategy: Strategy): Promise<EngineHost> {
    return startInProcessEngine(
      engineOptions(this.options, strategy),
      this.warehouse,
      engineAddress(this.folder, strategy),
    )
  }

  async close(): Promise<void> {
    this.warehouse.close()
  }
}
