import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pythonCommand } from '../../scripts/commands.ts'

const run = promisify(execFile)

/** What is installed: the newest version of this line, with what its coroutines need. */
export const PACKAGE = 'e6data-python-connector[async]>=3,<4'

const FOLDER = fileURLToPath(new URL('../../.build/python-connector', import.meta.url))
const STAMP = join(FOLDER, 'installed.txt')
const INSTALL_MS = 300_000

/** A Python that has the connector, or why there is none. */
export type PythonConnector =
  | { readonly kind: 'ready'; readonly python: string; readonly version: string }
  | { readonly kind: 'unavailable'; readonly reason: string }

/**
 * Installs the Python connector into a virtual environment of this checkout, once; `fresh` looks for a newer version.
 * A machine without Python, without its `venv`, or without access to the package index is reported, and is not an
 * error.
 */
export async function pythonConnector({ fresh = false }: { fresh?: boolean } = {}): Promise<PythonConnector> {
  const python = join(FOLDER, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  if (fresh || !existsSync(STAMP)) {
    const failure = await attempt('Python has no venv here', pythonCommand(), ['-m', 'venv', '--clear', FOLDER])
    const installed =
      failure ?? (await attempt('the package index is not reachable', python, ['-m', 'pip', ...INSTALL]))
    if (installed !== undefined) return { kind: 'unavailable', reason: installed }
    await mkdir(FOLDER, { recursive: true })
    await writeFile(STAMP, await installedVersion(python))
  }
  return { kind: 'ready', python, version: await readFile(STAMP, 'utf8') }
}

const INSTALL = [
  'install',
  '--quiet',
  '--disable-pip-version-check',
  '--only-binary',
  'grpcio,protobuf,SQLAlchemy',
  PACKAGE,
]

async function installedVersion(python: string): Promise<string> {
  const { stdout } = await run(python, [
    '-c',
    'from importlib.metadata import version; print(version("e6data-python-connector"), end="")',
  ])
  return stdout
}

/** @returns why it did not work, if it did not */
async function attempt(why: string, command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    await run(command, args, { timeout: INSTALL_MS })
    return undefined
  } catch (error) {
    const lastLine = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error)
    return `${why}: ${lastLine}`
  }
}
