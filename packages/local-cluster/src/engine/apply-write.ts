import { bindParameters } from './parameters.ts'
import { prepareStatement } from './prepare-statement.ts'
import type { Warehouse } from './warehouse.ts'
import type { Write } from './write-order.ts'

/** Applies another engine's write to a warehouse. */
export async function applyWrite(warehouse: Warehouse, write: Write): Promise<void> {
  const bind = await bindParameters(warehouse, write.params)
  const connection = await warehouse.connect(write.catalog, write.schema)
  try {
    const { prepared } = await prepareStatement(connection, write.sql)
    bind(prepared)
    await prepared.run()
  } finally {
    connection.disconnectSync()
  }
}
