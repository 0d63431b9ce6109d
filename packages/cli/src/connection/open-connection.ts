import { type Connection, type ConnectOptions, connect } from 'e6data-connector'
import type { Invocation } from '../invocation.ts'
import { completeSettings } from './connection-settings.ts'

/** Connects as the options say; an interruption ends the wait. */
export async function openConnection(invocation: Invocation, more: ConnectOptions = {}): Promise<Connection> {
  const options = await completeSettings(invocation)
  return invocation.interruption.race(connect({ ...options, ...more }))
}
