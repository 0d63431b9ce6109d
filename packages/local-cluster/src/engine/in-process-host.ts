import { Engine, type EngineOptions } from './engine.ts'
import type { EngineHost } from './engine-host.ts'
import { EngineSocket } from './engine-socket.ts'
import type { Warehouse } from './warehouse.ts'
import { SharedWarehouseOrder } from './write-order.ts'

/** Runs an engine in this process, on a warehouse it shares with the other one. */
export async function startInProcessEngine(
  options: EngineOptions,
  warehouse: Warehouse,
  address: string,
): Promise<EngineHost> {
  const engine = new Engine(options, warehouse, new SharedWarehouseOrder())
  const socket = await EngineSocket.listen(address, engine.handle)
  // Stopping and killing do the same: calls are reset, then queries free their connections.
  const end = async () => {
    await socket.close()
    await engine.stop()
  }
  return { address, control: engine, pid: process.pid, stop: end, kill: end, onCrash: () => undefined }
}
