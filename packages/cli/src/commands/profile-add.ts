import { CommandError } from '../command-error.ts'
import { nearValues } from '../connection/connection-settings.ts'
import { isInteractive } from '../environment.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { configPath, type Profile, readConfig } from '../profile/config-file.ts'
import { appendProfile } from '../profile/write-profile.ts'

export async function run(invocation: Invocation): Promise<ExitName> {
  const { given, environment } = invocation
  const name = given.text('NAME')!
  if (!/^[\w-]+$/.test(name)) throw new CommandError('the name of a profile is made of letters, digits, - and _')
  if (readConfig(environment).profiles.has(name)) {
    throw new CommandError(
      `the profile ${name} exists already: edit ${configPath(environment)}, or choose another name`,
    )
  }
  const profile = await profileToWrite(invocation)
  const path = configPath(environment)
  appendProfile(path, name, profile, { isDefault: given.has('default') })
  environment.stdout.write(`written to ${path}; \`e6data doctor --profile ${name}\` tries it\n`)
  return 'ok'
}

async function profileToWrite(invocation: Invocation): Promise<Profile> {
  const { given, environment } = invocation
  const url = given.text('url')
  const values: Profile = new Map([...(url === undefined ? [] : [['url', url] as const]), ...nearValues(given)])
  if (isInteractive(environment)) {
    const { askForMissing } = await import('../profile/profile-prompt.ts')
    return askForMissing(values, invocation)
  }
  if (!values.has('host') && !values.has('url'))
    throw new CommandError('give --host or --url: there is no terminal to prompt on')
  return values
}
