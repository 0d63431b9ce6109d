/** What the connector weighs in the hands of its users: what an install brings, and what a bundler makes of it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { installTarballs } from './npm.ts'
import { pack } from './pack.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const PROGRAM = `import { connect } from 'e6data-connector'
const connection = await connect()
console.log(await connection.query('SELECT 1'))`

/** The packages that installing the packed connector into an empty folder brings, the connector among them. */
export async function installedPackages(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'e6data-footprint-'))
  try {
    const [packed] = pack(folder, ['e6data-connector'])
    await installTarballs(folder, [packed!.tarball], ['--omit=optional', '--omit=peer'])
    const lock = JSON.parse(await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
    return Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Bytes of a program with `connect` and `query` as one minified file with all that it needs.
 * @param folder where the connector is looked up
 */
export async function minifiedBytes(folder = root): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: folder, loader: 'js' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // The optional peers, which such a program has not installed.
    external: ['apache-arrow', 'hyparquet-writer'],
    write: false,
    outfile: 'program.mjs',
    logLevel: 'error',
  })
  return outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0)
}
