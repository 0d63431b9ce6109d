/** The packed packages with the tools of their users: package managers, bundlers, and executables of one file. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startCluster } from 'e6data-local-cluster'
import type { Bundler } from './bundlers/bundler.ts'
import { BUNDLERS } from './bundlers/bundlers.ts'
import { PACKAGE_MANAGERS, type PackageManager } from './bundlers/package-managers.ts'
import { readOptions, UsageFault } from './command-line.ts'
import { installTarballs } from './npm.ts'
import { pack } from './pack.ts'
import { installTools } from './tool-folder.ts'

const USAGE = `npm run bundlers -- [options]

Installs package managers and bundlers from npm into .build/bundlers, and with
each of them makes a program of the packed packages that queries a local cluster.

  --only webpack,yarn   only these: ${Object.keys({ ...PACKAGE_MANAGERS, ...BUNDLERS }).join(', ')}
  --without ncc         all but these
  --help                this text`

const NAMES = [...Object.keys(PACKAGE_MANAGERS), ...Object.keys(BUNDLERS)]
const config = { only: { type: 'string' }, without: { type: 'string' } } as const
const chosen = readOptions(USAGE, config, ({ only, without }) => {
  const left = without === undefined ? [] : named('without', without)
  return (only === undefined ? NAMES : named('only', only)).filter((name) => !left.includes(name))
})

const PROGRAMS = fileURLToPath(new URL('../test/bundlers', import.meta.url))
const PROGRAM_MS = 60_000
const run = promisify(execFile)

const folder = mkdtempSync(join(tmpdir(), 'e6data-bundlers-'))
const cluster = await startCluster({ mode: 'in-process', adminPort: false, rows: 1000 })
try {
  const packed = pack(join(folder, 'tarballs'), ['e6data-connector', 'e6data-local-cluster'])
  const tarballs = Object.fromEntries(packed.map(({ name, tarball }) => [name, tarball]))
  const consumer = join(folder, 'consumer')
  mkdirSync(consumer)
  cpSync(PROGRAMS, consumer, { recursive: true })
  await installTarballs(consumer, [tarballs['e6data-connector']!])
  for (const name of chosen) await tryOut(name, consumer, tarballs)
} finally {
  await cluster.close()
  rmSync(folder, { recursive: true, force: true })
}

async function tryOut(name: string, consumer: string, tarballs: Readonly<Record<string, string>>): Promise<void> {
  const begun = performance.now()
  const manager = PACKAGE_MANAGERS[name]
  const bundler = BUNDLERS[name]
  const { packages } = (manager ?? bundler)!
  const tools = await installTools(`bundlers/${packages.join('+').replaceAll('/', '-')}`, packages)
  if (tools.kind === 'unavailable') {
    console.log(`- ${name.padEnd(13)} not tried: ${tools.reason}`)
    return
  }
  try {
    if (manager !== undefined) await tryManager(name, manager, tools.modules, tarballs)
    if (bundler !== undefined) await tryBundler(name, bundler, tools.modules, consumer)
    console.log(`✓ ${name.padEnd(13)} ${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`)
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    console.log(`✗ ${name.padEnd(13)} ${String(error)}\n${`${stdout}${stderr}`.slice(-2000)}`)
    process.exitCode = 1
  }
}

async function tryManager(
  name: string,
  manager: PackageManager,
  modules: string,
  tarballs: Readonly<Record<string, string>>,
): Promise<void> {
  const home = join(folder, name)
  mkdirSync(home)
  cpSync(PROGRAMS, home, { recursive: true })
  const command = await manager.install({ folder: home, modules, tarballs })
  expectAnswer(await answerOf([...command, 'starts-cluster.mjs'], home))
}

async function tryBundler(name: string, bundler: Bundler, modules: string, consumer: string): Promise<void> {
  const out = join(folder, name)
  mkdirSync(out)
  const command = await bundler.bundle({ folder: consumer, modules, out })
  expectAnswer(await answerOf(command, out, cluster.url))
  const inThread = answerOf(command, out, `${cluster.url}&transport-thread=true`)
  if (bundler.thread === 'carried') expectAnswer(await inThread)
  else if (!(await refusalOf(inThread)).includes('transport-worker.js'))
    throw new Error('the transport thread was refused without the reason')
}

/** Runs a program in a folder without the connector installed next to it. @returns what it prints */
async function answerOf([command, ...args]: readonly string[], cwd: string, url = ''): Promise<string> {
  const env = { ...process.env, NO_COLOR: '1', E6DATA_PROGRAM_URL: url }
  return (await run(command!, args, { cwd, env, timeout: PROGRAM_MS })).stdout.trim()
}

function expectAnswer(answer: string): void {
  if (answer !== '42') throw new Error(`the program printed ${JSON.stringify(answer)}, not 42`)
}

async function refusalOf(program: Promise<string>): Promise<string> {
  try {
    return `the program printed ${await program}`
  } catch (error) {
    return (error as { stderr?: string }).stderr ?? String(error)
  }
}

function named(option: string, list: string): string[] {
  const names = list.split(',')
  const unknown = names.filter((name) => !NAMES.includes(name))
  if (unknown.length > 0) throw new UsageFault(`--${option} takes ${NAMES.join(', ')}, not ${unknown.join(', ')}`)
  return names
}
