import { E6dataError } from '../errors.ts'
import type { Deadline } from '../time/deadline.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import type { Recovery } from './recovery.ts'

/** How long a ping may take when nothing else is said, in milliseconds. */
export const PING_TIMEOUT_MS = 5000

/** Errors by which an engine shows that it is there, if the engine is where they come from. */
const SIGNS_OF_LIFE: ReadonlySet<string> = new Set(['E6_QUERY_FAILED', 'E6_RATE_LIMITED', 'E6_TRANSPORT'])

/** Whether an engine has answered: one that does not know the health check is alive as well. */
function isSignOfLife(error: unknown): boolean {
  return error instanceof E6dataError && error.outcome === 'failed' && SIGNS_OF_LIFE.has(error.code)
}

/** Asks the active strategy's engine for a sign of life. A suspended cluster stays suspended. */
export async function ping(recovery: Recovery, deadline: Deadline): Promise<void> {
  try {
    const call = { kind: 'new-work', deadline, neverResumes: true } as const
    await recovery.callActive({ ...call, method: engineMethods.healthCheck, request: () => ({}) })
  } catch (error) {
    if (!isSignOfLife(error)) throw error
  }
}
