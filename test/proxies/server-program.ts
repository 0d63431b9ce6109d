import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folders in which Debian keeps servers, and which are not on the path of every user. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin']
/** Five proxies side by side, each with the programs behind it. */
const MOST_PROGRAMS = 50
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM'] as const
const STOP_TIMEOUT_MS = 5_000
const EXAMPLES = new URL('../../examples/proxies/', import.meta.url)

/** The path of an installed program; `undefined` when it is not installed. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | undefined {
  return [...path.split(delimiter), ...(path === process.env.PATH ? SERVER_FOLDERS : [])]
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A server of someone else: its files in a temporary folder, its processes ended with {@link ServerProgram.close}. */
export class ServerProgram {
  readonly folder = mkdtempSync(join(tmpdir(), 'e6data-proxy-'))
  #child: ChildProcess | undefined
  #output = ''
  readonly #endWithProcess = () => this.#signalGroup('SIGKILL')
  /** A process that a signal ends emits no 'exit'. */
  readonly #exit = () => process.exit(1)

  write(name: string, content: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, content)
    return path
  }

  /** Writes a configuration of `examples/proxies`, with each `${NAME}` in it replaced by a value. */
  writeExample(name: string, values: Readonly<Record<string, string | number>>): string {
    const template = readFileSync(fileURLToPath(new URL(name, EXAMPLES)), 'utf8')
    const content = template.replace(/\$\{([A-Z_]+)\}/g, (_, key: string) => {
      if (values[key] === undefined) throw new Error(`${name} needs a value for ${key}`)
      return String(values[key])
    })
    return this.write(name, content)
  }

  start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    // Its own process group: a master that is killed would leave its workers.
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-16_384)
      })
    }
    child.on('error', (error) => {
      this.#output += error.message
    })
    this.#child = child
    process.setMaxListeners(MOST_PROGRAMS)
    process.once('exit', this.#endWithProcess)
    for (const signal of ENDING_SIGNALS) process.once(signal, this.#exit)
  }

  /** The end of what it wrote on both streams. */
  get output(): string {
    return this.#output
  }

  /** @throws Error with its output when it has ended. */
  assertRunning(): void {
    const child = this.#child
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${child?.spawnfile ?? 'the program'} ended:\n${this.#output}`)
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.assertRunning()
    this.#child!.kill(signal)
  }

  /** Ends all of its processes and removes its files. */
  async close(): Promise<void> {
    const child = this.#child
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => this.#signalGroup('SIGKILL'), STOP_TIMEOUT_MS)
      await ended
      clearTimeout(timer)
    }
    this.#signalGroup('SIGKILL')
    process.off('exit', this.#endWithProcess)
    for (const signal of ENDING_SIGNALS) process.off(signal, this.#exit)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
