import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installTools } from '../../scripts/tool-folder.ts'

const run = promisify(execFile)

const COMPILE_MS = 120_000
const CONSUMER = fileURLToPath(new URL('consumer/tsconfig.json', import.meta.url))

/** A compiler of one version, or why there is none. */
export type Compiler =
  | { readonly kind: 'ready'; readonly tsc: string }
  | { readonly kind: 'unavailable'; readonly reason: string }

export async function compilerOf(version: string): Promise<Compiler> {
  const tools = await installTools(`typescript/${version}`, [`typescript@${version}`])
  return tools.kind === 'ready' ? { kind: 'ready', tsc: join(tools.modules, 'typescript/bin/tsc') } : tools
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
