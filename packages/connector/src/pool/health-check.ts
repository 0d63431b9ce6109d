import type { Connection } from '../connection.ts'
import { ClusterSuspendedError } from '../errors.ts'
import type { CallLimits } from '../time/deadline.ts'

/**
 * Asks the engine for a sign of life, on the connection's own path and strategy. A suspended cluster stays suspended, and
 * its answer shows that the connection works: the statement that needs the cluster resumes it.
 */
export async function checkHealth(connection: Pick<Connection, 'ping'>, limits: CallLimits): Promise<void> {
  try {
    await connection.ping(limits)
  } catch (error) {
    if (!(error instanceof ClusterSuspendedError)) throw error
  }
}
