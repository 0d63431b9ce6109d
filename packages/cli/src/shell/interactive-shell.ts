import { clearScreenDown, createInterface, cursorTo, type Interface, type Key, moveCursor } from 'node:readline'
import { canRedraw, widthOf } from '../environment.ts'
import type { ExitName } from '../exits.ts'
import { describeFailure, failureBlock, StatementFailure } from '../failure.ts'
import { tellNews } from '../output/strategy-news.ts'
import { type Style, styleFor } from '../style.ts'
import { agreedStart, candidateList } from './candidate-list.ts'
import { type Completions, complete } from './completer.ts'
import { HISTORY_LENGTH, HistoryFile } from './history-file.ts'
import { HistorySearch } from './history-search.ts'
import type { Input } from './input-buffer.ts'
import { KeyInput } from './key-input.ts'
import { LineDrawing } from './line-drawing.ts'
import { closeSession, openSession, runInput, type ShellStart } from './open-session.ts'
import { promptText } from './prompt.ts'
import type { ShellSession } from './shell-session.ts'
import { readlineTerminal } from './shell-terminal.ts'

/** The shell at a terminal, until the user leaves it. */
export async function runInteractively(start: ShellStart): Promise<ExitName> {
  const { interruption } = start.invocation
  const shell = new InteractiveShell(start)
  return interruption.divertCtrlC(
    () => shell.ctrlC(),
    () => shell.run(),
  )
}

const CTRL_R = '\u0012'

/** The right arrow and Ctrl-E, which accept the suggestion at the end of the line. */
const AT_END: readonly string[] = ['\u001b[C', '\u001bOC', '\u0005']

/** Keys, in addition to those with Ctrl, after which readline writes more than the line. */
const LEAVING: ReadonlySet<string> = new Set(['return', 'enter', 'tab'])

class InteractiveShell {
  readonly #start: ShellStart
  readonly #style: Style
  readonly #keys: KeyInput
  readonly #line: Interface
  /** Undefined when the terminal cannot redraw a line. */
  readonly #drawing: LineDrawing | undefined
  #search: HistorySearch | undefined
  readonly #session: ShellSession
  readonly #history: HistoryFile | undefined
  /** Lines that were typed while a statement ran. */
  readonly #typedAhead: string[] = []
  /** Lines of the current statement, each of which readline adds to its history. */
  #linesOfStatement = 0
  #remembered: string[] = []
  #state: 'asking' | 'working' | 'left' = 'asking'
  #left: () => void = () => undefined

  constructor(start: ShellStart) {
    const { environment, given, noColor } = start.invocation
    this.#start = start
    this.#style = styleFor(environment.stdout, environment.env, { noColor })
    this.#history = given.has('no-history') ? undefined : HistoryFile.open(environment)
    this.#keys = new KeyInput(environment.stdin, (keys) => this.#beforeKeys(keys))
    this.#line = createInterface({
      input: this.#keys,
      output: environment.stdout,
      terminal: true,
      history: [...(this.#history?.entries ?? [])].reverse(),
      historySize: HISTORY_LENGTH,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: Error | null, result?: [string[], string]) => void) => {
        this.#complete(line).then(
          ([candidates, typed]) => done(null, [this.#agreed(candidates, typed), typed]),
          () => done(null, [[], line]),
        )
      },
    })
    this.#session = openSession(
      start,
      readlineTerminal(this.#line, this.#keys),
      () => this.#history?.entries ?? this.#remembered.toReversed(),
    )
    if (!canRedraw(environment.stdout, environment.env)) return
    this.#drawing = new LineDrawing({
      line: this.#line,
      stream: environment.stdout,
      style: this.#style,
      before: () => this.#session.buffer.text,
      history: () => this.#session.history(),
      status: () => this.#session.runner.lastSummary ?? 'Tab completes, Ctrl-R searches the history',
    })
    // Before readline writes more than the line, and after it has changed the line.
    this.#keys.prependListener('keypress', (_, key: Key) => {
      if (this.#state === 'asking' && (LEAVING.has(key.name ?? '') || key.ctrl === true)) this.#drawing?.clear()
    })
    this.#keys.on('keypress', () => this.#draw())
  }

  async run(): Promise<ExitName> {
    const { interruption, environment } = this.#start.invocation
    const hear = () => tellNews(this.#session.link.connection, this.#style, (text) => this.#tell(text))
    let stopNews = hear()
    this.#session.onConnect = () => {
      stopNews()
      stopNews = hear()
    }
    const left = new Promise<void>((resolve) => {
      this.#left = resolve
    })
    this.#line.on('line', (line) => this.#take(line))
    this.#line.on('SIGINT', () => this.ctrlC())
    this.#line.on('history', (lines) => {
      this.#remembered = lines
    })
    this.#line.on('close', () => this.#leave())
    interruption.signal.addEventListener('abort', () => this.#leave(), { once: true })
    environment.stdout.write(
      this.#style.dim('\\? shows the commands, \\q leaves. A statement ends with a semicolon.\n'),
    )
    this.#ask()
    await left
    stopNews()
    this.#keys.stop()
    await closeSession(this.#session)
    return interruption.exit ?? 'ok'
  }

  /** Cancels the running statement, or drops the typed input, or shows how to leave. */
  ctrlC(): void {
    const { stdout } = this.#start.invocation.environment
    if (this.#session.runner.isRunning) {
      this.#session.runner.cancel()
      this.#typedAhead.length = 0
      return
    }
    if (this.#state !== 'asking') return
    const isEmpty = this.#line.line === '' && this.#session.buffer.open === 'nothing'
    this.#line.write(null, { ctrl: true, name: 'e' })
    this.#line.write(null, { ctrl: true, name: 'u' })
    this.#session.buffer.take()
    this.#linesOfStatement = 0
    stdout.write(isEmpty ? `^C${this.#style.dim('  \\q or Ctrl-D leaves')}\n` : '^C\n')
    this.#ask()
  }

  /** Handles keys before readline does. Returns the keys for readline. */
  #beforeKeys(keys: string): string {
    const drawing = this.#drawing
    if (drawing === undefined || this.#state !== 'asking') return keys
    if (this.#search) return this.#searchOn(this.#search, keys)
    if (keys === CTRL_R) {
      this.#search = new HistorySearch(this.#session.history())
      drawing.drawInstead(this.#search.text)
      return ''
    }
    // Keys that are typed quickly arrive together.
    const taking = AT_END.find((key) => keys.startsWith(key))
    const { suggestion } = drawing
    return taking !== undefined && suggestion !== '' ? suggestion + keys.slice(taking.length) : keys
  }

  /** Handles a key of a history search. */
  #searchOn(search: HistorySearch, keys: string): string {
    const outcome = search.type(keys)
    if (outcome.kind === 'searching') {
      this.#drawing?.drawInstead(search.text)
      return ''
    }
    this.#search = undefined
    this.#drawing?.clear()
    this.#line.prompt(true)
    this.#draw()
    if (outcome.kind === 'given-up') return ''
    // The match replaces the line.
    return `\u0005\u0015${outcome.entry}`
  }

  #draw(): void {
    if (this.#state === 'asking' && this.#search === undefined) this.#drawing?.draw()
  }

  #complete(line: string): Promise<Completions> {
    const { buffer, settings, names } = this.#session
    const rest = this.#line.line.slice(this.#line.cursor)
    return complete({ before: buffer.text, line, rest, scope: settings.scope, names })
  }

  /** Inserts the common prefix of the candidates, or lists them above the prompt when it adds nothing. */
  #agreed(candidates: readonly string[], typed: string): string[] {
    if (candidates.length < 2) return [...candidates]
    const agreed = agreedStart(candidates)
    if (agreed.length > typed.length) return [agreed]
    const { stdout, env } = this.#start.invocation.environment
    this.#tellAbovePrompt(candidateList(candidates, widthOf(stdout, env), stdout.rows || 24).join('\n'))
    return []
  }

  #ask(): void {
    this.#state = 'asking'
    this.#line.setPrompt(this.#prompt())
    this.#line.prompt()
    this.#draw()
  }

  #prompt(): string {
    const { link, settings, buffer } = this.#session
    const strategy = link.connection.strategy.getActiveStrategy()
    return promptText({ strategy, scope: settings.scope, open: buffer.open }, this.#style)
  }

  #take(line: string): void {
    this.#typedAhead.push(line)
    if (this.#state === 'asking') void this.#work()
  }

  /** Runs typed lines, one after the other, and shows the prompt again. */
  async #work(): Promise<void> {
    this.#state = 'working'
    for (let line = this.#typedAhead.shift(); line !== undefined; line = this.#typedAhead.shift()) {
      this.#linesOfStatement += 1
      for (const input of this.#session.buffer.push(line)) {
        this.#remember(input)
        if (!(await this.#do(input))) return
      }
    }
    if (this.#state === 'working') this.#ask()
  }

  /** Returns whether to continue. */
  async #do(input: Input): Promise<boolean> {
    try {
      if ((await runInput(this.#session, input)) === 'go on') return true
      this.#line.close()
      return false
    } catch (error) {
      const cause = error instanceof StatementFailure ? error.cause : error
      const isCancelled = cause instanceof Error && 'code' in cause && cause.code === 'E6_ABORTED'
      const text = isCancelled
        ? this.#style.warn('cancelled on the server')
        : this.#style.bad(failureBlock(describeFailure(error)))
      this.#start.invocation.environment.stderr.write(`${text}\n`)
      return this.#state !== 'left'
    }
  }

  /** Replaces the lines of a statement in the history by the complete statement. */
  #remember(input: Input): void {
    const lines = this.#linesOfStatement
    this.#linesOfStatement = 0
    const typed = input.kind === 'meta' ? `\\${input.name} ${input.argument}`.trim() : `${input.sql};`
    this.#history?.add(typed)
    if (input.kind === 'meta' || lines < 2 || this.#history === undefined) return
    this.#remembered.splice(0, Math.min(lines, this.#remembered.length), this.#history.entries.at(-1)!)
  }

  /** Prints a message at once: above the prompt, or within the output of a running statement. */
  #tell(text: string): void {
    const mark = this.#style.glyphs.horizontal.repeat(2)
    const line = `${this.#style.dim(mark)} ${text} ${this.#style.dim(mark)}`
    if (this.#session.runner.isRunning) this.#session.runner.tell(line)
    else this.#tellAbovePrompt(line)
  }

  #tellAbovePrompt(text: string): void {
    const { stdout } = this.#start.invocation.environment
    if (this.#state !== 'asking' || !canRedraw(stdout, this.#start.invocation.environment.env)) {
      stdout.write(`${text}\n`)
      return
    }
    moveCursor(stdout, 0, -this.#line.getCursorPos().rows)
    cursorTo(stdout, 0)
    clearScreenDown(stdout)
    stdout.write(`${text}\n`)
    this.#line.setPrompt(this.#prompt())
    this.#line.prompt(true)
    this.#draw()
  }

  #leave(): void {
    if (this.#state === 'left') return
    const { stdout } = this.#start.invocation.environment
    if (this.#state === 'asking') stdout.write('\n')
    this.#state = 'left'
    this.#session.runner.cancel()
    this.#line.close()
    this.#left()
  }
}
