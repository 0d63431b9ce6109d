import password from '@inquirer/password'
import type { Invocation } from '../invocation.ts'

/** Prompts for the token on the terminal, without showing it. */
export async function askForToken({
  environment,
  interruption,
}: Pick<Invocation, 'environment' | 'interruption'>): Promise<string> {
  const { stdin, stderr } = environment
  const question = { message: 'Access token:', validate: (text: string) => text !== '' || 'a token is needed' }
  try {
    return await password(question, {
      input: stdin,
      output: stderr,
      clearPromptOnDone: true,
      signal: interruption.signal,
    })
  } catch (error) {
    // A prompt reads single keys, so that Ctrl-C arrives as a key and not as a signal.
    if (error instanceof Error && error.name === 'ExitPromptError') interruption.interrupt('SIGINT')
    throw error
  }
}
