/**
 * Makes a checkout ready to run: installs what `package-lock.json` names and builds the packages, each only when it is
 * missing or stale. Plain JavaScript without dependencies, since it runs before there are any.
 *
 *     node --import ./scripts/prepare.mjs program     prepares, then runs the program in the same process, so that
 *                                                     arguments, signals and exit status are the program's own
 *     node scripts/prepare.mjs [--rebuild]            prepares, and builds even what is fresh
 *
 * Standard output belongs to the program: news goes to standard error, and there is none when nothing is to be done.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const STATE = join(ROOT, '.build')
const STAMPS = join(STATE, 'built.json')
const LOCK = join(STATE, 'prepare.lock')

class PrepareError extends Error {}

// A program started this way must resolve the packages to what was built, as its users do, and not to their sources.
process.env.TSX_TSCONFIG_PATH ??= join(ROOT, 'tsconfig.run.json')
forgetThisImport(process.execArgv)
if (isMainThread) {
  try {
    prepare({ rebuild: process.argv[1] === fileURLToPath(import.meta.url) && process.argv.includes('--rebuild') })
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

function prepare({ rebuild }) {
  if (!rebuild && isInstalled() && stalePackages().length === 0) return
  mkdirSync(STATE, { recursive: true })
  holdingLock(() => {
    // Whoever held the lock before may have done the work already.
    if (!isInstalled()) install()
    const stale = stalePackages({ all: rebuild })
    if (stale.length > 0) build(stale)
  })
}

/** npm writes down what it installed as the last step of an install, so that file says whether one was completed. */
function isInstalled() {
  const installed = readJson(join(ROOT, 'node_modules/.package-lock.json'))?.packages
  if (installed === undefined) return false
  return Object.entries(readJson(join(ROOT, 'package-lock.json')).packages).every(
    ([path, wanted]) =>
      path === '' ||
      wanted.optional ||
      (installed[path]?.version === wanted.version && installed[path]?.integrity === wanted.integrity),
  )
}

function install() {
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']
  run('installing dependencies', [...npm, 'ci', '--include=dev'])
}

/** The packages whose built files are missing or were made from other sources. One without an entry is none yet. */
function stalePackages({ all = false } = {}) {
  const stamps = readJson(STAMPS) ?? {}
  return readdirSync(join(ROOT, 'packages'))
    .map((folder) => ({ folder, hash: hashOfSources(folder) }))
    .filter(({ hash }) => hash !== undefined)
    .filter(({ folder, hash }) => all || stamps[folder] !== hash || !existsSync(join(ROOT, 'packages', folder, 'dist')))
}

function hashOfSources(folder) {
  const home = join(ROOT, 'packages', folder)
  if (!['index.ts', 'main.ts'].some((entry) => existsSync(join(home, 'src', entry)))) return undefined
  const sources = filesBelow(join(home, 'src')).filter((path) => !/\.test(-d)?\.ts$/.test(path))
  const hash = createHash('sha1')
  const settings = [join(home, 'package.json'), join(home, 'tsdown.config.ts')]
  const shared = [join(ROOT, 'tsconfig.json'), join(ROOT, 'package-lock.json')]
  for (const path of [...sources, ...settings, ...shared]) hash.update(path).update('\0').update(readFileSync(path))
  return hash.digest('hex')
}

/** Builds beside what is there and then changes places, so that a running program and a failed build keep the old files. */
function build(packages) {
  const [fresh, old] = [`.dist-${process.pid}-new`, `.dist-${process.pid}-old`]
  const homes = packages.map(({ folder }) => join(ROOT, 'packages', folder))
  const filters = homes.flatMap((home) => ['--filter', readJson(join(home, 'package.json')).name])
  try {
    run(`building ${packages.map(({ folder }) => folder).join(', ')}`, [
      process.execPath,
      join(ROOT, 'node_modules/tsdown/dist/run.mjs'),
      '--logLevel',
      'warn',
      '--out-dir',
      fresh,
      ...filters,
    ])
    for (const home of homes) {
      if (existsSync(join(home, 'dist'))) renameSync(join(home, 'dist'), join(home, old))
      renameSync(join(home, fresh), join(home, 'dist'))
    }
    const built = Object.fromEntries(packages.map(({ folder, hash }) => [folder, hash]))
    writeFileSync(STAMPS, JSON.stringify({ ...readJson(STAMPS), ...built }, null, 2))
  } finally {
    for (const home of homes)
      for (const left of [fresh, old]) rmSync(join(home, left), { recursive: true, force: true })
  }
}

function run(what, [command, ...args]) {
  process.stderr.write(`${what} …\n`)
  const { TSX_TSCONFIG_PATH: _, NODE_OPTIONS: __, ...inherited } = process.env
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    env: { ...inherited, NO_COLOR: '1', PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
    encoding: 'utf8',
  })
  if (status === 0) return
  throw new PrepareError(
    `${stdout ?? ''}${stderr ?? ''}${what} failed: ${error?.message ?? signal ?? `exit status ${status}`}`,
  )
}

/** One process prepares at a time. The lock names its holder, so that one left by a dead process is taken over. */
function holdingLock(work) {
  const mine = `${LOCK}.${process.pid}`
  writeFileSync(mine, String(process.pid))
  try {
    while (!tryLink(mine, LOCK)) {
      const holder = readPid(LOCK)
      if (holder !== undefined && !isAlive(holder)) breakLock(holder)
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    }
    try {
      work()
    } finally {
      rmSync(LOCK, { force: true })
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Takes the lock file away under a name of our own, and puts it back if a living process was quicker. */
function breakLock(deadHolder) {
  const taken = `${LOCK}.broken-by-${process.pid}`
  try {
    renameSync(LOCK, taken)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return
  }
  if (readPid(taken) !== deadHolder) tryLink(taken, LOCK)
  rmSync(taken)
}

function tryLink(from, to) {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function readPid(path) {
  const text = readText(path)
  return text === undefined ? undefined : Number(text)
}

function readJson(path) {
  const text = readText(path)
  return text === undefined ? undefined : JSON.parse(text)
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return undefined
  }
}

function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

/** Processes forked by the program start with its `execArgv`; what is prepared need not be looked at again. */
function forgetThisImport(execArgv) {
  const at = execArgv.findIndex((argument) => argument.endsWith('scripts/prepare.mjs'))
  if (at > 0 && execArgv[at - 1] === '--import') execArgv.splice(at - 1, 2)
}
