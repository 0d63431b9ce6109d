import { ClosedError } from '../errors.ts'
import type { Clock } from '../time/clock.ts'

/** After which pauses, in milliseconds, and over which connections a release that proxies refused is tried again. */
const TRIES = [
  { pauseMs: 500, connection: 'new' },
  { pauseMs: 1000, connection: undefined },
  { pauseMs: 2000, connection: 'new' },
  { pauseMs: 4000, connection: undefined },
] as const

/**
 * Tells the server a few times more that a query is over, after proxies have refused that for a while: one that learns of a
 * switch late, or of a rollback, knows the query's deployment (rule 17). Nobody waits for it and it keeps no process alive.
 * Never rejects.
 */
export async function releaseLater(
  clock: Clock,
  tell: (connection: 'new' | undefined) => Promise<unknown>,
): Promise<void> {
  for (const { pauseMs, connection } of TRIES) {
    await new Promise<void>((resolve) => clock.schedule(pauseMs, resolve, 'background'))
    const end = await tell(connection).then(
      () => 'heard',
      (error: unknown) => (error instanceof ClosedError ? 'closed' : 'unheard'),
    )
    if (end !== 'unheard') return
  }
}
