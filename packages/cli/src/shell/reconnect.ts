import { resolveOptions } from 'e6data-connector/wire'
import { completeSettings } from '../connection/connection-settings.ts'
import { openConnection } from '../connection/open-connection.ts'
import type { ShellSession } from './shell-session.ts'

/** Options that select the cluster, and do not apply to another profile. */
const PLACE_OPTIONS = [
  'url',
  'host',
  'port',
  'username',
  'password-file',
  'access-token-file',
  'catalog',
  'database',
  'cluster-name',
  'cluster-uuid',
]

/**
 * Reconnects with the same options, which are read again, or to the cluster of a profile. The old connection is closed
 * once the new one is open, and kept when that fails.
 */
export async function reconnect(session: ShellSession, profile: string | undefined): Promise<void> {
  const { invocation, settings, link } = session
  const given =
    profile === undefined ? invocation.given : invocation.given.without(PLACE_OPTIONS).with('profile', profile)
  const asked = { ...invocation, given }
  const options = await completeSettings(asked)
  const place = resolveOptions(options)
  const connection = await openConnection(asked, options)
  session.link = { connection, options, place }
  session.names.readFrom(connection)
  if (profile !== undefined) {
    const { catalog, database } = place
    settings.scope = { ...(catalog === undefined ? {} : { catalog }), ...(database === undefined ? {} : { database }) }
  }
  session.onConnect()
  await link.connection.close()
  invocation.environment.stdout.write(`connected to ${place.host}:${place.port}\n`)
}
