import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

const INSTALL_MS = 300_000
const COMPILE_MS = 120_000
const CONSUMER = fileURLToPath(new URL('consumer/tsconfig.json', import.meta.url))

/** A compiler of one version, or why there is none. */
export type Compiler =
  | { readonly kind: 'ready'; readonly tsc: string }
  | { readonly kind: 'unavailable'; readonly reason: string }

/** Installs a version of TypeScript into a folder of this checkout, once. */
export async function compilerOf(version: string): Promise<Compiler> {
  const folder = fileURLToPath(new URL(`../../.build/typescript/${version}`, import.meta.url))
  const tsc = join(folder, 'node_modules', 'typescript', 'bin', 'tsc')
  if (!existsSync(tsc)) {
    await mkdir(folder, { recursive: true })
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `typescript@${version}`]
    try {
      await run('npm', args, { cwd: folder, timeout: INSTALL_MS })
    } catch (error) {
      return {
        kind: 'unavailable',
        reason: `TypeScript ${version} could not be installed: ${String(error).slice(0, 200)}`,
      }
    }
  }
  return { kind: 'ready', tsc }
}

/** Compiles the consumer against the built packages. Returns what the compiler complains of, nothing when it is content. */
export async function complaints(tsc: string): Promise<string> {
  try {
    await run(process.execPath, [tsc, '-p', CONSUMER], { timeout: COMPILE_MS })
    return ''
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? String(error)
  }
}
