import input from '@inquirer/input'
import password from '@inquirer/password'
import type { Invocation } from '../invocation.ts'
import type { Profile, ProfileValue } from './config-file.ts'
import type { ProfileKey } from './profile-keys.ts'

/** Asks for what a profile needs and was not given: host, user and token. An empty token is asked for at each use. */
export async function askForMissing(
  given: Profile,
  { surroundings, interruption }: Pick<Invocation, 'surroundings' | 'interruption'>,
): Promise<Profile> {
  const context = { input: surroundings.stdin, output: surroundings.stderr, signal: interruption.signal }
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
    // A prompt reads keys one by one, so that Ctrl-C comes to it as a key and not to the process as a signal.
    if (error instanceof Error && error.name === 'ExitPromptError') interruption.interrupt('SIGINT')
    throw error
  }
  return values
}
