import { execFile } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { npm } from '../npm.ts'

const run = promisify(execFile)
const INSTALL_MS = 300_000

/** A package manager that installs the packed packages into a fresh folder. */
export interface PackageManager {
  /** npm packages with their versions. */
  packages: readonly string[]
  /**
   * Installs into the folder.
   * @param tarballs by package name
   * @returns the command line that runs a program of the folder, without the program's name
   */
  install(task: {
    folder: string
    modules: string
    tarballs: Readonly<Record<string, string>>
  }): Promise<readonly string[]>
}

type InstallTask = Parameters<PackageManager['install']>[0]

/** All of them at the top, and the ones that they need of each other from the same tarballs, since no registry has them. */
function writeManifest(folder: string, dependencies: Readonly<Record<string, string>>, more: object = {}): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, ...more }))
}

const asFiles = (tarballs: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]))

async function inFolder(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [command, ...rest] = args
  await run(command!, rest, { cwd: folder, timeout: INSTALL_MS, env: { ...process.env, CI: '', ...env } })
}

async function pnpm({ folder, modules, tarballs }: InstallTask): Promise<readonly string[]> {
  const files = asFiles(tarballs)
  writeManifest(folder, files)
  // An install script that was not allowed would be an error.
  writeFileSync(
    join(folder, 'pnpm-workspace.yaml'),
    JSON.stringify({ overrides: files, strictDepBuilds: true, strictPeerDependencies: true }),
  )
  await inFolder(folder, [process.execPath, join(modules, 'pnpm/bin/pnpm.mjs'), 'install'])
  return [process.execPath]
}

async function yarn({ folder, modules, tarballs }: InstallTask): Promise<readonly string[]> {
  const files = asFiles(tarballs)
  writeManifest(folder, files, { resolutions: files })
  writeFileSync(join(folder, 'yarn.lock'), '')
  const registry = (await npm(['config', 'get', 'registry'])).trim()
  const command = [process.execPath, join(modules, '@yarnpkg/cli-dist/bin/yarn.js')]
  // Yarn reads no settings of npm's.
  await inFolder(folder, [...command, 'install'], {
    YARN_NODE_LINKER: 'pnp',
    YARN_ENABLE_TELEMETRY: '0',
    YARN_ENABLE_SCRIPTS: 'false',
    YARN_NPM_REGISTRY_SERVER: registry,
    ...(registry.startsWith('http:') ? { YARN_UNSAFE_HTTP_WHITELIST: new URL(registry).hostname } : {}),
  })
  return [process.execPath, '--require', './.pnp.cjs', '--experimental-loader', './.pnp.loader.mjs', '--no-warnings']
}

async function bun({ folder, modules, tarballs }: InstallTask): Promise<readonly string[]> {
  const files = asFiles(tarballs)
  writeManifest(folder, files, { overrides: files })
  const binary = join(modules, '@oven/bun-linux-x64/bin/bun')
  chmodSync(binary, 0o755)
  await inFolder(folder, [binary, 'install'])
  return [process.execPath]
}

export const PACKAGE_MANAGERS: Readonly<Record<string, PackageManager>> = {
  pnpm: { packages: ['pnpm@12'], install: pnpm },
  yarn: { packages: ['@yarnpkg/cli-dist@4'], install: yarn },
  bun: { packages: ['@oven/bun-linux-x64@1'], install: bun },
}
