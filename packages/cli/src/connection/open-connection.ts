import { type Connection, type ConnectOptions, connect } from 'e6data-connector'
import type { Invocation } from '../invocation.ts'
import { completeSettings } from './connection-settings.ts'

/** Connects as the options say. An interruption ends the wait at once; a connection that comes later is closed. */
export async function openConnection(invocation: Invocation, options?: ConnectOptions): Promise<Connection> {
  const { interruption } = invocation
  const opening = connect(options ?? (await completeSettings(invocation)))
  const connection = await interruption.race(opening).catch((error: unknown) => {
    if (interruption.signal.aborted) opening.then((late) => late.close()).catch(() => undefined) // nobody waits any more
    throw error
  })
  // What this process shares with others of the host is taken back at once, and not when they find it dead.
  invocation.atEnd(() => connection.strategy.close())
  return connection
}
