import { LOCAL_PROFILE, localProfile } from '../connection/connection-settings.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { runningLocalCluster } from '../local/local-state.ts'
import { writeListing } from '../output/listing.ts'
import { printable } from '../printable.ts'
import { type Profile, readConfig } from '../profile/config-file.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  const { given, environment } = invocation
  const { profiles, defaultName } = readConfig(environment)
  const all = new Map(profiles)
  const local = runningLocalCluster(environment)
  if (local && !all.has(LOCAL_PROFILE)) all.set(LOCAL_PROFILE, localProfile(local))
  if (given.has('names')) environment.stdout.write([...all.keys()].map((name) => `${printable(name)}\n`).join(''))
  else {
    const rows = [...all].map(([name, profile]) => [name, addressOf(profile), name === defaultName ? 'default' : ''])
    writeListing(invocation, { columns: ['profile', 'cluster', ''], rows })
  }
  return 'ok'
}

/** The address of a profile, without user and token. */
function addressOf(profile: Profile): string {
  const url = profile.get('url')
  if (typeof url === 'string')
    return url
      .replace(/\/\/[^/?#]*@/, '//')
      .replace(/[?#].*$/, '')
      .replace(/^(jdbc:e6data:\/\/[^/]*).*$/, '$1')
  return `${profile.get('host') ?? ''}${profile.has('port') ? `:${profile.get('port')}` : ''}`
}
