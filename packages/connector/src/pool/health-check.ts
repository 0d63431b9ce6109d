import type { Connection } from '../connection.ts'
import { E6dataError } from '../errors.ts'
import type { CallLimits } from '../time/deadline.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'

/** Errors by which the other side shows that it is there, if it is where they come from. */
const SIGNS_OF_LIFE: ReadonlySet<string> = new Set(['E6_QUERY_FAILED', 'E6_RATE_LIMITED', 'E6_TRANSPORT'])

/**
 * Asks the engine for a sign of life, on the connection's own path and strategy. An engine that answers anything, be it
 * that it does not know the call, is alive.
 */
export async function checkHealth(connection: Pick<Connection, 'call'>, limits: CallLimits): Promise<void> {
  try {
    await connection.call(engineMethods.healthCheck, () => ({}), limits)
  } catch (error) {
    const isAnswer = error instanceof E6dataError && error.outcome === 'failed' && SIGNS_OF_LIFE.has(error.code)
    if (!isAnswer) throw error
  }
}
