import { readFileSync } from 'node:fs'
import { join, win32 } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The command line of an installed package's command: its program, run by this Node. The file of that name in
 * `node_modules/.bin` is a `.cmd` file on Windows, which Node starts only by a shell.
 * @throws Error when no package at the top of `node_modules` has it
 */
export function installedCommand(name: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, { bin?: Record<string, string> }>
  }
  const home = Object.keys(packages).find(
    (path) => path.lastIndexOf('node_modules/') === 0 && packages[path]!.bin?.[name],
  )
  if (home === undefined) throw new Error(`no installed package has the command ${name}`)
  return [process.execPath, join(root, home, packages[home]!.bin![name]!)]
}

/** The command line of npm: the one that runs this program, where one does; on Windows the one next to Node. */
export function npmCommand({
  env,
  platform,
  execPath,
}: Pick<NodeJS.Process, 'env' | 'platform' | 'execPath'> = process): readonly string[] {
  const running = env.npm_execpath
  if (running?.endsWith('npm-cli.js')) return [execPath, running]
  if (platform !== 'win32') return ['npm']
  return [execPath, win32.join(win32.dirname(execPath), 'node_modules/npm/bin/npm-cli.js')]
}

/** Python 3, which has no `python3` on Windows. */
export const pythonCommand = (platform = process.platform) => (platform === 'win32' ? 'python' : 'python3')
