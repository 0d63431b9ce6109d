import { E6dataError } from '../errors.ts'
import type { Deadline } from '../time/deadline.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import type { Recovery } from './recovery.ts'

/** The default time limit of a ping, in milliseconds. */
export const PING_TIMEOUT_MS = 5000

/** Errors that prove that an engine is alive, if they come from an engine. */
const SIGNS_OF_LIFE: ReadonlySet<string> = new Set(['E6_QUERY_FAILED', 'E6_RATE_LIMITED', 'E6_TRANSPORT'])

/** Returns whether an engine has answered: one that does not know the health check is alive as well. */
function isSignOfLife(error: unknown): boolean {
  return error instanceof E6dataError && error.outcome === 'failed' && SIGNS_OF_LIFE.has(error.code)
}

/** Pings the active strategy's engine. A suspended cluster stays suspended. */
export async function ping(recovery: Recovery, deadline: Deadline): Promise<void> {
  try {
    const call = { kind: 'new-work', deadline, neverResumes: true } as const
    await recovery.callActive({ ...call, method: engineMethods.healthCheck, request: () => ({}) })
  } catch (error) {
    if (!isSignOfLife(error)) throw error
  }
}
