import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Bundler, BundleTask } from './bundler.ts'
import { nextApp } from './next.ts'

const run = promisify(execFile)

const tool = ({ modules }: BundleTask, name: string) => createRequire(join(modules, 'any.js'))(name)
const importTool = ({ modules }: BundleTask, file: string) => import(join(modules, file))

async function esbuild(task: BundleTask, format: 'esm' | 'cjs'): Promise<readonly string[]> {
  const outfile = join(task.out, format === 'esm' ? 'program.mjs' : 'program.cjs')
  await tool(task, 'esbuild').build({
    absWorkingDir: task.folder,
    entryPoints: ['program.mjs'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    format,
    outfile,
  })
  return [process.execPath, outfile]
}

/** Node with the bundle inside: a blob is made of it and put into a copy of the binary. */
async function singleExecutable(task: BundleTask): Promise<readonly string[]> {
  const [, main] = await esbuild(task, 'cjs')
  const [settings, output, program] = ['sea.json', 'sea.blob', 'program'].map((name) => join(task.out, name))
  writeFileSync(settings!, JSON.stringify({ main, output, disableExperimentalSEAWarning: true }))
  await run(process.execPath, ['--experimental-sea-config', settings!])
  copyFileSync(process.execPath, program!)
  chmodSync(program!, 0o755)
  const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
  const postject = join(task.modules, 'postject/dist/cli.js')
  await run(process.execPath, [postject, program!, 'NODE_SEA_BLOB', output!, '--sentinel-fuse', fuse])
  return [program!]
}

async function webpack(task: BundleTask): Promise<readonly string[]> {
  const compiler = tool(
    task,
    'webpack',
  )({
    mode: 'production',
    target: 'node20',
    context: task.folder,
    entry: './program.mjs',
    optimization: { minimize: false },
    output: { path: task.out, filename: 'program.cjs' },
  })
  const stats = await promisify(compiler.run.bind(compiler))()
  if (stats.hasErrors()) throw new Error(stats.toString('errors-only'))
  return [process.execPath, join(task.out, 'program.cjs')]
}

async function rollup(task: BundleTask): Promise<readonly string[]> {
  const { nodeResolve } = tool(task, '@rollup/plugin-node-resolve')
  const plugins = [nodeResolve({ exportConditions: ['node'], preferBuiltins: true })]
  const input = join(task.folder, 'program.mjs')
  const bundle = await tool(task, 'rollup').rollup({ input, plugins, onwarn: () => undefined })
  await bundle.write({ dir: task.out, format: 'esm', entryFileNames: 'program.mjs', chunkFileNames: '[name].mjs' })
  await bundle.close()
  return [process.execPath, join(task.out, 'program.mjs')]
}

async function ncc(task: BundleTask): Promise<readonly string[]> {
  const command = join(task.modules, '@vercel/ncc/dist/ncc/cli.js')
  await run(process.execPath, [command, 'build', 'program.mjs', '--out', task.out], { cwd: task.folder })
  return [process.execPath, join(task.out, 'index.mjs')]
}

async function viteSsr(task: BundleTask): Promise<readonly string[]> {
  const { build } = await importTool(task, 'vite/dist/node/index.js')
  await build({
    root: task.folder,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: { ssr: 'program.mjs', outDir: task.out, minify: false },
  })
  return [process.execPath, join(task.out, 'program.mjs')]
}

export const BUNDLERS: Readonly<Record<string, Bundler>> = {
  'esbuild-esm': { packages: ['esbuild@0.28'], thread: 'refused', bundle: (task) => esbuild(task, 'esm') },
  'esbuild-cjs': { packages: ['esbuild@0.28'], thread: 'refused', bundle: (task) => esbuild(task, 'cjs') },
  webpack: { packages: ['webpack@5'], thread: 'carried', bundle: webpack },
  rollup: { packages: ['rollup@4', '@rollup/plugin-node-resolve@16'], thread: 'refused', bundle: rollup },
  ncc: { packages: ['@vercel/ncc@0.45'], thread: 'carried', bundle: ncc },
  vite: { packages: ['vite@8'], thread: 'refused', bundle: viteSsr },
  next: nextApp({ thread: 'carried' }),
  'next-webpack': nextApp({ thread: 'refused', args: ['--webpack'] }),
  'next-external': nextApp({
    thread: 'carried',
    args: ['--webpack'],
    settings: { serverExternalPackages: ['e6data-connector'] },
  }),
  executable: {
    packages: ['esbuild@0.28', 'postject@1.0.0-alpha.6'],
    thread: 'refused',
    bundle: singleExecutable,
  },
}
