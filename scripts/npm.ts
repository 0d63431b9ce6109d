import { type ExecFileOptions, execFile, execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { npmCommand } from './commands.ts'

/** Runs npm and returns what it wrote to standard output. */
export async function npm(args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
  const [command, ...before] = npmCommand()
  const { stdout } = await promisify(execFile)(command!, [...before, ...args], { ...options, encoding: 'utf8' })
  return stdout
}

/** Runs npm to its end, with what it reports on standard error left out. */
export function npmSync(args: readonly string[], cwd: string): string {
  const [command, ...before] = npmCommand()
  return execFileSync(command!, [...before, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

/** Installs tarballs into the folder of a user's program, which gets a `package.json` unless it has one. */
export async function installTarballs(folder: string, tarballs: readonly string[], more: readonly string[] = []) {
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true }))
  await npm(['install', '--ignore-scripts', '--prefer-offline', ...more, ...tarballs], { cwd: folder })
}
