import type { Connection } from '../connection.ts'
import { isSignOfLife } from '../session/ping.ts'
import type { CallLimits } from '../time/deadline.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'

/** Asks the engine for a sign of life, on the connection's own path and strategy. */
export async function checkHealth(connection: Pick<Connection, 'call'>, limits: CallLimits): Promise<void> {
  try {
    await connection.call(engineMethods.healthCheck, () => ({}), limits)
  } catch (error) {
    if (!isSignOfLife(error)) throw error
  }
}
