import { type Connection, type ConnectOptions, connect } from 'e6data-connector'
import type { Invocation } from '../invocation.ts'
import { completeSettings } from './connection-settings.ts'

/** Connects as the options say; an interruption ends the wait. */
export async function openConnection(invocation: Invocation, options?: ConnectOptions): Promise<Connection> {
  const connection = await invocation.interruption.race(connect(options ?? (await completeSettings(invocation))))
  // What this process shares with others of the host is taken back at once, and not when they find it dead.
  invocation.atEnd(() => connection.strategy.close())
  return connection
}
