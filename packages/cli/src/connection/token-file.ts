import { join } from 'node:path'
import { CommandError } from '../command-error.ts'
import { readPrivateFile, refuseExposedToken } from '../profile/private-file.ts'

/**
 * Reads a token from a file, without the line break at its end.
 * @throws CommandError when the file does not exist, is empty, or can be read by others
 */
export function readTokenFile(given: string, home: string): string {
  const path = given.startsWith('~/') ? join(home, given.slice(2)) : given
  const file = readPrivateFile(path)
  if (file === undefined) throw new CommandError(`the token file ${path} does not exist`)
  refuseExposedToken(path, file)
  const token = file.text.replace(/\r?\n$/, '')
  if (token === '') throw new CommandError(`the token file ${path} is empty`)
  if (/[\r\n]/.test(token)) throw new CommandError(`the token file ${path} has more than one line`)
  return token
}
