import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Command } from './commands.ts'

const PROGRAM = fileURLToPath(new URL('./program.ts', import.meta.url))

/** The server in a process of its own. Commands are carried out in the order in which they are given. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #exited: Promise<unknown>
  readonly port: number

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, exited: Promise<unknown>, port: number) {
    this.#child = child
    this.#lines = lines
    this.#exited = exited
    this.port = port
  }

  /** @param args options of program.ts */
  static async start(args: readonly string[] = []): Promise<ServerProcess> {
    const stdio = ['pipe', 'pipe', 'inherit'] as const
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], { stdio: [...stdio] })
    const exited = once(child, 'exit')
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    const { port } = await nextAnswer(lines)
    return new ServerProcess(child, lines, exited, Number(port))
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** @throws Error with the program's message, when it can't do that */
  async command(command: Command): Promise<Record<string, unknown>> {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`)
    const answer = await nextAnswer(this.#lines)
    if (typeof answer.error === 'string') throw new Error(answer.error)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end()
    await this.#exited
  }
}

async function nextAnswer(lines: AsyncIterator<string>): Promise<Record<string, unknown>> {
  const { value, done } = await lines.next()
  if (done) throw new Error('the server process ended')
  return JSON.parse(value) as Record<string, unknown>
}
