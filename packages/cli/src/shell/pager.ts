import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Writable } from 'node:stream'
import { canRedraw, type Environment } from '../environment.ts'
import type { Sink } from '../output/sink.ts'
import { systemOf } from '../system.ts'

/** The user left the pager before the end. */
export class PagerLeftError extends Error {
  constructor() {
    super('the pager was left')
    this.name = 'PagerLeftError'
  }
}

/** Default options of `less`: leave at the end, keep colors, do not clear the screen. */
const LESS = 'FRX'

/** The pager: `E6DATA_PAGER` or `PAGER` (none if empty), or else an installed one. */
export function pagerCommand(env: Environment['env'], platform = process.platform): string | undefined {
  const chosen = env.E6DATA_PAGER ?? env.PAGER
  if (chosen !== undefined) return chosen.trim() === '' || chosen === 'cat' ? undefined : chosen
  return ['less', 'more'].find((program) => isOnPath(program, env, platform))
}

function isOnPath(program: string, env: Environment['env'], platform: NodeJS.Platform): boolean {
  const files = systemOf(platform).programEndings.map((ending) => `${program}${ending}`)
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.some((folder) => files.some((file) => isExecutable(join(folder, file))))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export interface PagedSinkOptions {
  readonly environment: Environment
  readonly command: string
  /** Hands the terminal to the pager. Returns a function that takes it back. */
  readonly lendTerminal: () => () => void
}

interface RunningPager {
  readonly child: ChildProcess
  readonly takeBack: () => void
}

/** Writes output that fits the screen directly, and longer output through a pager. */
export class PagedSink implements Sink {
  readonly #options: PagedSinkOptions
  readonly #waiting: (string | Uint8Array)[] = []
  #lines = 0
  #pager: RunningPager | undefined

  constructor(options: PagedSinkOptions) {
    this.#options = options
  }

  get isPaging(): boolean {
    return this.#pager !== undefined
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#pager) {
      await this.#send(this.#pager.child, chunk)
      return
    }
    this.#waiting.push(chunk)
    this.#lines += linesIn(chunk)
    if (this.#lines < (this.#options.environment.stdout.rows || Number.POSITIVE_INFINITY) - 1) return
    const pager = this.#start()
    this.#pager = pager
    for (const waiting of this.#waiting.splice(0)) await this.#send(pager.child, waiting)
  }

  async commit(): Promise<void> {
    if (!this.#pager) {
      for (const chunk of this.#waiting.splice(0)) this.#options.environment.stdout.write(chunk)
      return
    }
    this.#pager.child.stdin?.end()
    await this.#ended()
  }

  async abandon(): Promise<void> {
    for (const chunk of this.#waiting.splice(0)) this.#options.environment.stdout.write(chunk)
    if (!this.#pager) return
    this.#pager.child.stdin?.end()
    await this.#ended()
  }

  #start(): RunningPager {
    const { command, environment, lendTerminal } = this.#options
    const takeBack = lendTerminal()
    const env = { LESS, ...environment.env }
    const child = spawn(command, { shell: true, env, stdio: ['pipe', 'inherit', 'inherit'] })
    // Writing to a pager that has ended fails; `#send` notices its end.
    child.stdin?.on('error', () => child.stdin?.destroy())
    return { child, takeBack }
  }

  async #send(child: ChildProcess, chunk: string | Uint8Array): Promise<void> {
    const { stdin } = child
    if (!stdin || stdin.destroyed || hasEnded(child)) throw new PagerLeftError()
    if (stdin.write(chunk)) return
    await roomOrEnd(stdin)
    if (stdin.destroyed) throw new PagerLeftError()
  }

  async #ended(): Promise<void> {
    if (!this.#pager) return
    const { child, takeBack } = this.#pager
    this.#pager = undefined
    if (!hasEnded(child)) await once(child, 'exit')
    takeBack()
  }
}

/** Writes a string, through a pager when it does not fit the screen. Leaving the pager early is not a failure. */
export async function pagedOutput(
  text: string,
  environment: Environment,
  lendTerminal: PagedSinkOptions['lendTerminal'] = () => () => undefined,
): Promise<void> {
  const { stdout, env } = environment
  const command = canRedraw(stdout, env) ? pagerCommand(env) : undefined
  if (command === undefined) {
    stdout.write(text)
    return
  }
  const sink = new PagedSink({ environment, command, lendTerminal })
  try {
    await sink.write(text)
    await sink.commit()
  } catch (error) {
    if (!(error instanceof PagerLeftError)) throw error
  } finally {
    await sink.abandon()
  }
}

/** Waits until the stream is writable or closed. */
function roomOrEnd(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const name of ['drain', 'close', 'error']) stream.off(name, done)
      resolve()
    }
    for (const name of ['drain', 'close', 'error']) stream.on(name, done)
  })
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function linesIn(chunk: string | Uint8Array): number {
  let lines = 0
  const newline = typeof chunk === 'string' ? '\n' : 10
  for (let at = chunk.indexOf(newline as never); at !== -1; at = chunk.indexOf(newline as never, at + 1)) lines += 1
  return lines
}
