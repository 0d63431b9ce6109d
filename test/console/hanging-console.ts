import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('programs/serve-console.ts', import.meta.url))

/** A console in its own process, which can be stopped, as by a debugger or a machine that swaps. */
export class HangingConsole implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<HangingConsole> {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout!, 'data')) as [Buffer]
    return new HangingConsole(child, line.toString('utf8').trim())
  }

  /** Stops it: its connections stay open without data. */
  stop(): void {
    this.child.kill('SIGSTOP')
  }

  goOn(): void {
    this.child.kill('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit')
  }
}
