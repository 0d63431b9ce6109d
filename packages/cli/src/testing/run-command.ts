import { PassThrough, Readable } from 'node:stream'
import type { Environment } from '../environment.ts'
import { runProgram } from '../program.ts'

/** What came of a command. */
export interface CommandResult {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandCall {
  readonly env?: Readonly<Record<string, string>>
  readonly home?: string
  readonly stdin?: string
}

/** Runs a command in this process, with pipes in the place of a terminal. */
export async function runCommand(
  words: readonly string[],
  { env = {}, home = '/nowhere', stdin = '' }: CommandCall = {},
): Promise<CommandResult> {
  const stdout = new CollectedOutput()
  const stderr = new CollectedOutput()
  const environment: Environment = {
    env,
    home,
    stdin: Readable.from([Buffer.from(stdin)]) as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
  }
  const exit = await runProgram(environment, words)
  return { exit, stdout: stdout.text(), stderr: stderr.text() }
}

class CollectedOutput extends PassThrough {
  readonly #chunks: Buffer[] = []

  constructor() {
    super()
    this.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}
