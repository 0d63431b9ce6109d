import input from '@inquirer/input'
import password from '@inquirer/password'
import type { Invocation } from '../invocation.ts'
import type { Profile, ProfileValue } from './config-file.ts'
import type { ProfileKey } from './profile-keys.ts'

/** Prompts for missing values of a profile: host, user and token. With an empty token, each use prompts for it. */
export async function askForMissing(
  given: Profile,
  { environment, interruption }: Pick<Invocation, 'environment' | 'interruption'>,
): Promise<Profile> {
  const context = { input: environment.stdin, output: environment.stderr, signal: interruption.signal }
  const needed = (text: string) => text.trim() !== '' || 'this is needed'
  const values = new Map<ProfileKey, ProfileValue>(given)
  const hasUrl = values.has('url')
  try {
    if (!hasUrl && !values.has('host'))
      values.set('host', (await input({ message: 'Host:', validate: needed }, context)).trim())
    const byAccessToken = values.has('access-token-file')
    if (!hasUrl && !byAccessToken && !values.has('username'))
      values.set('username', (await input({ message: 'User name:', validate: needed }, context)).trim())
    if (!byAccessToken && !values.has('password-file')) {
      const token = await password({ message: 'Access token (empty: be asked each time):', mask: '*' }, context)
      if (token !== '') values.set('password', token)
    }
  } catch (error) {
    // A prompt reads single keys, so that Ctrl-C arrives as a key and not as a signal.
    if (error instanceof Error && error.name === 'ExitPromptError') interruption.interrupt('SIGINT')
    throw error
  }
  return values
}
