import type { Connection } from '../connection.ts'
import { ClusterSuspendedError } from '../errors.ts'
import type { CallOptions } from '../time/deadline.ts'

/**
 * Checks with the engine that a connection works, on its own path and strategy. A suspended cluster stays suspended,
 * and its answer proves that the connection works: the statement that needs the cluster resumes it.
 */
export async function checkHealth(connection: Pick<Connection, 'ping'>, limits: CallOptions): Promise<void> {
  try {
    await connection.ping(limits)
  } catch (error) {
    if (!(error instanceof ClusterSuspendedError)) throw error
  }
}
