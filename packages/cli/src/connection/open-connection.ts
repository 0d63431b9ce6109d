import { type Connection, type ConnectOptions, connect } from 'e6data-connector'
import type { Invocation } from '../invocation.ts'
import { completeSettings } from './connection-settings.ts'

/** Connects. An interruption ends the wait at once; a connection that opens later is closed. */
export async function openConnection(invocation: Invocation, options?: ConnectOptions): Promise<Connection> {
  const { interruption } = invocation
  const opening = connect(options ?? (await completeSettings(invocation)))
  const connection = await interruption.race(opening).catch((error: unknown) => {
    if (interruption.signal.aborted) opening.then((late) => late.close()).catch(() => undefined) // the caller has stopped waiting
    throw error
  })
  // Removes this process from the host's shared state at once, before others find it dead.
  invocation.atEnd(() => connection.strategy.close())
  return connection
}
