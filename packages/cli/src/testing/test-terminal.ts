import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'
import { inPseudoTerminal } from './pseudo-terminal.ts'

export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env: Readonly<Record<string, string>>
}

/** Keys by name, as a terminal sends them. */
const KEYS = {
  enter: '\r',
  tab: '\t',
  up: '\u001b[A',
  right: '\u001b[C',
  'ctrl-a': '\u0001',
  'ctrl-c': '\u0003',
  'ctrl-d': '\u0004',
  'ctrl-r': '\u0012',
} as const

/** Longer than anything here takes on a slow machine, in milliseconds. */
const PATIENCE_MS = 25_000

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

/** How the command is started from its sources, whatever the shell it is started in. */
export const COMMAND_WORDS: readonly string[] = [process.execPath, '--import', import.meta.resolve('tsx'), MAIN]

/** What a process needs to know to run the command from its sources. */
export const SOURCE_ENV = { TSX_TSCONFIG_PATH: `${ROOT}tsconfig.json` }

/**
 * The real command in a real pseudo-terminal, which `script` makes, and a screen of an emulator, which shows
 * what a person would see.
 */
export class TestTerminal implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #screen: xterm.Terminal
  readonly #ended: Promise<number>
  readonly #watchers = new Set<() => void>()
  #raw = ''
  #hasEnded = false

  /** @param words the words after `e6data`; a string is a complete command line, in which `e6data` is an alias */
  constructor(words: readonly string[] | string, { columns = 80, rows = 24, env }: TerminalOptions) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: false })
    const line =
      typeof words === 'string'
        ? `e6data() { ${quoted(COMMAND_WORDS)} "$@"; }; ${words}`
        : quoted([...COMMAND_WORDS, ...words])
    const prepared = `stty cols ${columns} rows ${rows}; ${typeof words === 'string' ? line : `exec ${line}`}`
    const [command, ...args] = inPseudoTerminal(prepared)
    this.#process = spawn(command, args, {
      env: { TERM: 'xterm-256color', SHELL: '/bin/bash', ...env, ...SOURCE_ENV },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#process.stdout!.on('data', (chunk: Buffer) => this.#show(chunk))
    this.#ended = new Promise((resolve, reject) => {
      this.#process.on('error', (cause) => reject(new Error('these tests need script(1)', { cause })))
      this.#process.on('close', (status) => {
        this.#screen.write('', () => {
          this.#hasEnded = true
          this.#look()
          resolve(status ?? -1)
        })
      })
    })
  }

  /** Types a string and Enter. */
  line(text: string): void {
    this.type(`${text}\r`)
  }

  type(text: string): void {
    this.#process.stdin!.write(text)
  }

  press(key: keyof typeof KEYS): void {
    this.type(KEYS[key])
  }

  /** Changes the size of the screen. The command learns of it when it looks, since its terminal is another one. */
  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows)
  }

  /** The lines of the screen and of what has been scrolled out of it, without what is empty at their ends. */
  lines(): string[] {
    const { buffer } = this.#screen
    const lines = Array.from(
      { length: buffer.active.length },
      (_, row) => buffer.active.getLine(row)?.translateToString(true).trimEnd() ?? '',
    )
    return lines.join('\n').trimEnd().split('\n')
  }

  text(): string {
    return this.lines().join('\n')
  }

  /** Everything that was sent to the terminal. */
  get raw(): string {
    return this.#raw
  }

  /** Waits until the screen shows something. */
  shows(wanted: RegExp | string): Promise<void> {
    const isShown = () => (typeof wanted === 'string' ? this.text().includes(wanted) : wanted.test(this.text()))
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer)
        this.#watchers.delete(look)
      }
      const fail = () => {
        done()
        reject(new Error(`the screen does not show ${String(wanted)}, but:\n${this.text()}`))
      }
      const look = () => {
        if (isShown()) {
          done()
          resolve()
        } else if (this.#hasEnded) fail()
      }
      const timer = setTimeout(fail, PATIENCE_MS)
      this.#watchers.add(look)
      look()
    })
  }

  /** The exit status, once the command has ended. */
  ended(): Promise<number> {
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The command gets a signal when its terminal ends; a gentler end of `script` takes two seconds more.
    this.#process.kill('SIGKILL')
    await this.#ended
    this.#screen.dispose()
  }

  #show(chunk: Buffer): void {
    this.#raw += chunk.toString('utf8')
    this.#screen.write(chunk, () => this.#look())
  }

  #look(): void {
    for (const look of [...this.#watchers]) look()
  }
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
}
