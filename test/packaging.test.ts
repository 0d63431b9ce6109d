import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { type BuildOptions, build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { minifiedBytes } from '../scripts/footprint.ts'
import { installTarballs, npm } from '../scripts/npm.ts'
import { type Packed, pack } from '../scripts/pack.ts'
import { installTools } from '../scripts/tool-folder.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const programs = fileURLToPath(new URL('packaging', import.meta.url))

/** Outside of the repository, as the folder of a user's program is; and one with a bundle and nothing else. */
const folder = mkdtempSync(join(tmpdir(), 'e6data-consumer-'))
const bare = mkdtempSync(join(tmpdir(), 'e6data-bundle-'))

const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The files that a tarball may contain. */
const PACKED = /^(dist\/[^.].*|proto\/.*\.proto|CHANGELOG\.md|LICENSE|README\.md|package\.json|sbom\.cdx\.json)$/

let packed: Record<string, Packed>
let installedWithConnector: string[]
let cluster: LocalCluster

const run = promisify(execFile)
const MOST_OUTPUT = 2000

/** What the program says; or, when it fails, the end of it, since a bundle is one long line. */
async function node(...args: string[]): Promise<string> {
  try {
    return (await run(process.execPath, args, { cwd: folder })).stdout.trim()
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${stdout}${stderr}`.slice(-MOST_OUTPUT), { cause: (error as { code: unknown }).code })
  }
}
const inThread = (url: string) => `${url}${url.includes('?') ? '&' : '?'}transport-thread=true`
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

async function install(names: readonly string[], peers: readonly string[] = []): Promise<string[]> {
  const tarballs = names.map((name) => packed[name]!.tarball)
  await installTarballs(folder, [...tarballs, ...peers])
  return Object.keys(readJson(join(folder, 'node_modules/.package-lock.json')).packages)
}

beforeAll(async () => {
  packed = Object.fromEntries(pack(join(folder, 'tarballs')).map((it) => [it.name, it]))
  cpSync(programs, folder, { recursive: true })
  installedWithConnector = await install(['e6data-connector'])
  await install(Object.keys(packed), ['apache-arrow@21'])
  cluster = await startCluster({ mode: 'in-process', adminPort: false, rows: 1000 })
}, 300_000)

afterAll(async () => {
  await cluster?.close()
  for (const it of [folder, bare]) rmSync(it, { recursive: true, force: true })
})

describe('each package', () => {
  const names = [
    'e6data-connector',
    'e6data-local-cluster',
    'e6data-kysely',
    'e6data-redis-store',
    'e6data-cli',
    'e6data-mcp',
  ]

  it.each(names)('%s installs without running anything', (name) => {
    const scripts = Object.keys(readJson(join(folder, 'node_modules', name, 'package.json')).scripts ?? {})
    expect(scripts.filter((script) => /install|prepare/.test(script))).toEqual([])
  })

  it('has no install scripts', () => {
    const { packages } = readJson(join(folder, 'node_modules/.package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean }>
    }
    expect(Object.keys(packages).filter((path) => packages[path]!.hasInstallScript)).toEqual([])
  })

  it.each(names)('%s holds what was built and its papers, and nothing else', (name) => {
    const files = packed[name]!.files.map(({ path }) => path)
    expect(files).toEqual(expect.arrayContaining(['CHANGELOG.md', 'LICENSE', 'package.json', 'sbom.cdx.json']))
    expect(files.filter((path) => path.startsWith('dist/'))).not.toEqual([])
    expect(files.filter((path) => !PACKED.test(path))).toEqual([])
  })
})

describe('the connector', () => {
  it('installs only its one dependency', () => {
    const { dependencies } = readJson(join(folder, 'node_modules/e6data-connector/package.json'))
    expect(Object.keys(dependencies)).toEqual(['@bufbuild/protobuf'])
    const installed = ['node_modules/@bufbuild/protobuf', 'node_modules/e6data-connector']
    expect(installedWithConnector.filter((path) => path !== '').toSorted()).toEqual(installed)
  })

  it('makes a program that connects and queries at most 290 KB longer, without the protobuf library in it', async () => {
    expect(await minifiedBytes(folder)).toBeLessThan(290_000)
    const { metafile } = await bundled({ entryPoints: ['handler.mjs'], format: 'esm', write: false, metafile: true })
    expect(Object.keys(metafile!.inputs).filter((path) => path.includes('@bufbuild'))).toEqual([])
  })

  it('is imported without evaluating more than 5 files of 700 kB, or 2500 calls of their functions', async () => {
    const { files, bytes, calls } = JSON.parse(await node('measures-import.mjs'))
    expect(files).toBeLessThanOrEqual(5)
    expect(bytes).toBeLessThan(700_000)
    expect(calls).toBeLessThan(2500)
    expect(calls).toBeGreaterThan(0)
  })

  it('has the download size that its README states', () => {
    const stated = /download of ([\d.]+) MB/.exec(readme)?.[1]
    expect((packed['e6data-connector']!.size / 1e6).toFixed(1)).toBe(stated)
  })

  it('connects by ESM and by CommonJS to a local cluster', async () => {
    expect(await node('connects.mjs', cluster.url)).toBe('42')
    expect(await node('connects.cjs', cluster.url)).toBe('42')
  })

  it('holds its connection in a second thread, by ESM and by CommonJS, and the program ends by itself', async () => {
    for (const program of ['connects.mjs', 'connects.cjs', 'leaves-open.mjs'])
      expect(await node(program, inThread(cluster.url))).toBe('42')
  })

  it('sends its published version to servers', async () => {
    await node('connects.mjs', cluster.url)
    const { version } = readJson(join(folder, 'node_modules/e6data-connector/package.json'))
    expect(cluster.calls().at(-1)?.userAgent).toContain(`e6data-connector-node/${version}`)
  })

  it('keeps one state of a cluster in a process that loads it both ways', async () => {
    expect(await node('both-formats.mjs', cluster.url)).toBe('one manager')
  })

  it('has types for strict programs of both kinds, with the libraries checked too', async () => {
    const strict = '--strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --noEmit --pretty false'
    const language = '--module nodenext --target es2022 --lib es2023,esnext.disposable'
    const options = [...strict.split(' '), ...language.split(' ')]
    const nodeTypes = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    cpSync(join(programs, 'typed.mts'), join(folder, 'typed.cts'))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    expect(await node(tsc, ...options, ...nodeTypes, 'typed.mts', 'typed.cts')).toBe('')
  }, 120_000)

  it.each(['esm', 'cjs'] as const)('works as one bundled file, as serverless platforms take it: %s', async (format) => {
    const bundle = join(bare, format === 'esm' ? 'handler.mjs' : 'handler.cjs')
    await bundled({ entryPoints: ['handler.mjs'], outfile: bundle, format, minify: true })
    expect(statSync(bundle).size).toBeLessThan(290_000)
    expect(await node('calls-handler.mjs', bundle, cluster.url)).toBe(`{ statusCode: 200, body: '42' }`)
    const inVain = node('calls-handler.mjs', bundle, inThread(cluster.url))
    await expect(inVain).rejects.toThrow(/E6_OPTIONS.*transport-worker.js.*treat that package as external/s)
  })
})

describe('the packages around it', () => {
  it('start a cluster of engine processes', async () => {
    expect(await node('starts-cluster.mjs')).toBe('1000')
  })

  it('serve a plain CommonJS test of Jest, with timers of its own too', async (context) => {
    const tools = await installTools('jest', ['jest@30'])
    // Without a way to the package index there is no Jest to run; the report says so.
    if (tools.kind === 'unavailable') return context.skip(tools.reason)
    await node(join(tools.modules, 'jest/bin/jest.js'), '--rootDir', folder, 'cluster.test.js')
  }, 300_000)

  it('start a local cluster by CommonJS, in processes of its own and with its console', async () => {
    expect(await node('starts-cluster.cjs')).toBe('1000 200')
  })

  it('send nothing to a proxy that the environment names, since a local cluster is on loopback', async () => {
    let connections = 0
    const proxy = createServer((socket) => {
      connections += 1
      socket.destroy()
    })
    await once(proxy.listen(0, '127.0.0.1'), 'listening')
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const { no_proxy: _, NO_PROXY: __, no_grpc_proxy: ___, ...inherited } = process.env
    const env = { ...inherited, http_proxy: address, https_proxy: address, grpc_proxy: address }
    const { stdout } = await run(process.execPath, ['starts-cluster.cjs'], { cwd: folder, env })
    proxy.close()
    expect([stdout.trim(), connections]).toEqual(['1000 200', 0])
  })

  it('give Kysely its dialect by ESM and by CommonJS', async () => {
    const kind = 'console.log(typeof it.E6dataDialect)'
    expect(await node('--eval', `const it = require('e6data-kysely'); ${kind}`)).toBe('function')
    expect(await node('--eval', `import('e6data-kysely').then((it) => ${kind})`)).toBe('function')
  })

  it('give a fleet its store by ESM and by CommonJS', async () => {
    const kind = `console.log(typeof it.redisStrategyStore({ redis: 'rediss://127.0.0.1' }))`
    expect(await node('--eval', `const it = require('e6data-redis-store'); ${kind}`)).toBe('function')
    expect(await node('--eval', `import('e6data-redis-store').then((it) => ${kind})`)).toBe('function')
  })

  it('bring the e6data command', async () => {
    expect(await npm(['exec', '--offline', 'e6data', '--', '--version'], { cwd: folder })).toContain(
      readJson(join(folder, 'node_modules/e6data-cli/package.json')).version,
    )
  })
})

/** The optional peers are left out: the command, installed into the same folder, brings one of them. */
const bundled = (options: BuildOptions) =>
  build({
    absWorkingDir: folder,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['apache-arrow', 'hyparquet-writer'],
    logLevel: 'silent',
    ...options,
  })
