import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { npm } from './npm.ts'

const INSTALL_MS = 300_000
const FOLDERS = fileURLToPath(new URL('../.build', import.meta.url))

/** Tools of others that a test uses, or the reason why they can't be had. */
export type Tools =
  | { readonly kind: 'ready'; readonly modules: string }
  | { readonly kind: 'unavailable'; readonly reason: string }

/**
 * Installs npm packages into a folder of this checkout, unless they are there from an earlier run.
 * @param name of the folder below `.build`
 * @param packages with their versions: `webpack@5`
 * @returns the path of its `node_modules`
 */
export async function installTools(name: string, packages: readonly string[]): Promise<Tools> {
  const folder = join(FOLDERS, name)
  const wanted = JSON.stringify(packages)
  const record = join(folder, 'installed.json')
  if (!existsSync(record) || readFileSync(record, 'utf8') !== wanted) {
    await mkdir(folder, { recursive: true })
    const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
    try {
      await npm(['install', ...quiet, '--prefix', folder, ...packages], { cwd: folder, timeout: INSTALL_MS })
    } catch (error) {
      return {
        kind: 'unavailable',
        reason: `${packages.join(', ')} could not be installed: ${String(error).slice(0, 200)}`,
      }
    }
    await writeFile(record, wanted)
  }
  return { kind: 'ready', modules: join(folder, 'node_modules') }
}
