import password from '@inquirer/password'
import type { Invocation } from '../invocation.ts'

/** Asks for the token on the terminal, without showing it. */
export async function askForToken({
  surroundings,
  interruption,
}: Pick<Invocation, 'surroundings' | 'interruption'>): Promise<string> {
  const { stdin, stderr } = surroundings
  const question = { message: 'Access token:', validate: (text: string) => text !== '' || 'a token is needed' }
  try {
    return await password(question, {
      input: stdin,
      output: stderr,
      clearPromptOnDone: true,
      signal: interruption.signal,
    })
  } catch (error) {
    // A prompt reads keys one by one, so that Ctrl-C comes to it as a key and not to the process as a signal.
    if (error instanceof Error && error.name === 'ExitPromptError') interruption.interrupt('SIGINT')
    throw error
  }
}
