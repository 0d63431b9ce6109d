import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type LocalCluster, selfSignedCertificate, startCluster } from 'e6data-local-cluster'
import { installTarballs } from '../npm.ts'
import { pack } from '../pack.ts'
import type { InstalledRuntime } from './runtimes.ts'

const run = promisify(execFile)
const PROGRAMS = fileURLToPath(new URL('../../test/runtimes', import.meta.url))

const ORDER_ROWS = 20_000
const PAUSE_BETWEEN_SWITCHES_MS = 500

/** How long a program may take: a runtime that something of the connector keeps alive does not end. */
const LIMIT_MS = 180_000

export interface CheckReport {
  tests: number
  failed: number
  failures: { name: string; error: string }[]
}

/** A folder outside of the repository with the packed connector in it, and clusters for the programs that run there. */
export class Consumer implements AsyncDisposable {
  readonly #folder: string
  readonly #cluster: LocalCluster
  readonly #secure: LocalCluster

  private constructor(folder: string, cluster: LocalCluster, secure: LocalCluster) {
    this.#folder = folder
    this.#cluster = cluster
    this.#secure = secure
  }

  static async create(): Promise<Consumer> {
    const folder = mkdtempSync(join(tmpdir(), 'e6data-matrix-'))
    const [connector] = pack(join(folder, 'tarballs'), ['e6data-connector'])
    await installTarballs(folder, [connector!.tarball])
    cpSync(PROGRAMS, folder, { recursive: true })
    const tls = selfSignedCertificate()
    writeFileSync(join(folder, 'authority.pem'), tls.cert)
    const cluster = await startCluster({ rows: ORDER_ROWS })
    const secure = await startCluster({ mode: 'in-process', rows: 10, adminPort: false, tls })
    return new Consumer(folder, cluster, secure)
  }

  /** Runs the checks that every runtime must pass; a program that crashes, or does not end, is one failed check. */
  async check(runtime: InstalledRuntime): Promise<CheckReport> {
    const { url, adminUrl } = this.#cluster
    const given = { url, adminUrl, secureUrl: this.#secure.url, authority: 'authority.pem' }
    try {
      return (await this.#program(runtime, 'checks.mjs', given)) as CheckReport
    } catch (error) {
      return { tests: 1, failed: 1, failures: [{ name: 'the program ends by itself', error: lastWords(error) }] }
    }
  }

  /** @returns queries that failed, or gave something wrong, while blue and green were switched */
  async load(runtime: InstalledRuntime, seconds: number): Promise<number> {
    const stop = new AbortController()
    const switching = this.#switchUntil(stop.signal)
    try {
      const { queries, failed, mismatched } = (await this.#program(runtime, 'load.mjs', {
        url: this.#cluster.url,
        seconds,
      })) as Record<'queries' | 'failed' | 'mismatched', number>
      if (queries === 0) throw new Error(`${runtime.name} ran no query`)
      return failed + mismatched
    } finally {
      stop.abort()
      await switching
    }
  }

  async #switchUntil(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#cluster.deploy({ acceptAfterMs: 50, cutOverAfterMs: 150 })
      await new Promise((resolve) => setTimeout(resolve, PAUSE_BETWEEN_SWITCHES_MS))
    }
  }

  async #program({ path, before }: InstalledRuntime, name: string, given: object): Promise<unknown> {
    const args = [...before, join(this.#folder, name)]
    // By the environment, since an error shows the command line, and the addresses hold the cluster's token.
    const env = { ...process.env, NO_COLOR: '1', XDG_RUNTIME_DIR: this.#folder, E6DATA_CHECKS: JSON.stringify(given) }
    const { stdout } = await run(path, args, { cwd: this.#folder, env, timeout: LIMIT_MS, killSignal: 'SIGKILL' })
    return JSON.parse(stdout.trim().split('\n').at(-1)!)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#cluster.close(), this.#secure.close()])
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function lastWords(error: unknown): string {
  const { stdout = '', stderr = '', killed } = error as { stdout?: string; stderr?: string; killed?: boolean }
  const ended = killed ? `ended after ${LIMIT_MS / 1000} s` : String(error)
  return `${ended}\n${stdout}${stderr}`.slice(-2000)
}
