import { ClosedError } from '../errors.ts'
import type { Clock } from '../time/clock.ts'

/** The pauses in milliseconds, and the connections, of further tries after proxies refused a release. */
const TRIES = [
  { pauseMs: 500, connection: 'new' },
  { pauseMs: 1000, connection: undefined },
  { pauseMs: 2000, connection: 'new' },
  { pauseMs: 4000, connection: undefined },
] as const

/**
 * Tries a few more times to release a query after proxies have refused it for a while: a proxy that learns of a switch
 * or a rollback late knows the query's deployment (rule 17). It runs in the background and keeps no process alive.
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
