import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { CommandError } from '../command-error.ts'

/** Group and others. */
const NOT_THE_OWNER = 0o077

export interface PrivateFile {
  readonly text: string
  /** Describes who else can read it; `undefined` when only the owner can. */
  readonly exposure: string | undefined
}

/**
 * Reads a file that may contain a secret, and determines who else can read it. Both use the same handle, so that the
 * file cannot be exchanged in between.
 * @returns `undefined` when there is no such file
 */
export function readPrivateFile(path: string): PrivateFile | undefined {
  const handle = openIfThere(path)
  if (handle === undefined) return undefined
  try {
    const { mode, uid } = fstatSync(handle)
    return { text: readFileSync(handle, 'utf8'), exposure: exposureOf(mode, uid) }
  } finally {
    closeSync(handle)
  }
}

/** @throws CommandError when the file has a token that others can read */
export function refuseExposedToken(path: string, { exposure }: PrivateFile): void {
  if (exposure === undefined) return
  throw new CommandError(`${path} contains a token and ${exposure}: run \`chmod 600 ${path}\``)
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function exposureOf(mode: number, uid: number): string | undefined {
  // Windows has no rights in the file mode.
  if (process.getuid === undefined) return undefined
  if (uid !== process.getuid() && uid !== 0) return 'belongs to another user'
  return (mode & NOT_THE_OWNER) === 0 ? undefined : 'can be read by others'
}
