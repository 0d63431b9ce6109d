import type { Connection } from 'e6data-connector'
import { readsOnly } from 'e6data-connector/wire'
import { canRedraw, type Environment, widthOf } from '../environment.ts'
import { StatementFailure } from '../failure.ts'
import { deliverText } from '../output/deliver.ts'
import { makeTextFormat } from '../output/formats.ts'
import { type ProgressLine, queryProgress, SILENT_PROGRESS } from '../output/progress.ts'
import { type Sink, StreamSink } from '../output/sink.ts'
import { deliveredSummary } from '../output/summary.ts'
import { type Style, styleFor } from '../style.ts'
import { PagedSink, PagerLeftError, pagerCommand } from './pager.ts'
import { effectiveFormat, type ShellSettings } from './settings.ts'
import type { ShellTerminal } from './shell-terminal.ts'

export interface RunnerParts {
  /** The current connection. */
  readonly connection: () => Connection
  readonly environment: Environment
  readonly settings: ShellSettings
  readonly terminal: ShellTerminal
  readonly noColor: boolean
  readonly timeoutMs: number | undefined
}

/** Runs statements one at a time, and writes their results. */
export class StatementRunner {
  readonly #parts: RunnerParts
  readonly #style: Style
  #running: { readonly cancel: AbortController; readonly progress: ProgressLine } | undefined
  #isWritingRows = false
  #lastSummary: string | undefined
  /** Messages that arrived while rows were written, shown afterwards. */
  readonly #news: string[] = []

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.#style = styleFor(parts.environment.stdout, parts.environment.env, { noColor: parts.noColor })
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** The summary of the last statement: rows, time and strategy. */
  get lastSummary(): string | undefined {
    return this.#lastSummary
  }

  /** Cancels the running statement on the server. */
  cancel(): void {
    this.#running?.cancel.abort()
  }

  /** Prints a message during a statement, without interrupting its rows. */
  tell(text: string): void {
    this.#news.push(text)
    if (this.#running && !this.#isWritingRows) this.#tellNews((line) => this.#running?.progress.tell(line))
  }

  /** Runs `work`, which Ctrl-C cancels. */
  async cancellable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const cancel = new AbortController()
    this.#running = { cancel, progress: this.#openProgress() }
    try {
      return await work(cancel.signal)
    } finally {
      this.#running.progress.stop()
      this.#running = undefined
      this.#isWritingRows = false
      this.#tellNews((line) => this.#parts.environment.stdout.write(`${line}\n`))
    }
  }

  /** Runs a statement and writes its result. Leaving the pager early is not a failure. */
  run(sql: string): Promise<void> {
    return this.cancellable((signal) => this.#run(sql, signal))
  }

  async #run(sql: string, signal: AbortSignal): Promise<void> {
    const { settings, timeoutMs } = this.#parts
    const connection = this.#parts.connection()
    const startedAt = performance.now()
    const limits = { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    const stream = connection.stream(sql, { ...settings.scope, ...limits })
    const { progress } = this.#running!
    const sink = this.#openSink(signal)
    const onScreen = this.#isOnScreen()
    let wasCut = false
    const format = makeTextFormat(effectiveFormat(settings), {
      style: onScreen ? this.#style : styleFor(this.#parts.environment.stdout, {}, { noColor: true }),
      width:
        onScreen && settings.expanded !== 'off'
          ? widthOf(this.#parts.environment.stdout, this.#parts.environment.env)
          : undefined,
      header: true,
      jsonNumbers: false,
      onCut: () => {
        wasCut = true
      },
    })
    try {
      const delivered = await deliverText(stream, format, sink, {
        onProgress: (facts) => progress.update(facts),
        onBegin: () => {
          if (!onScreen) return
          progress.stop()
          this.#isWritingRows = true
        },
      })
      await this.#finish(sink)
      const summary = {
        ...delivered,
        bytes: 0,
        elapsedMs: performance.now() - startedAt,
        strategy: stream.strategy,
        path: settings.output?.path,
      }
      this.#lastSummary = deliveredSummary(summary, this.#style)
      this.#say(this.#lastSummary)
      if (wasCut) this.#say('some values are cut to fit: \\x on shows them whole')
    } catch (error) {
      await this.#giveUp(sink)
      if (error instanceof PagerLeftError) return
      throw new StatementFailure(error, { readsOnly: readsOnly(sql), timeoutMs, queryId: stream.queryId })
    }
  }

  /** Prints the summary for people, not for scripts. */
  #say(text: string): void {
    const { settings, environment } = this.#parts
    if (settings.timing && environment.stdout.isTTY) environment.stdout.write(`${this.#style.dim(text)}\n`)
  }

  #isOnScreen(): boolean {
    const { settings, environment } = this.#parts
    return settings.output === undefined && environment.stdout.isTTY === true
  }

  #openSink(signal: AbortSignal): Sink {
    const { settings, environment, terminal } = this.#parts
    if (settings.output) return settings.output.sink
    const canPage = settings.pager && this.#isOnScreen() && canRedraw(environment.stdout, environment.env)
    const command = canPage ? pagerCommand(environment.env) : undefined
    if (command === undefined) return new StreamSink(environment.stdout, { signal })
    return new PagedSink({ environment, command, lendTerminal: () => terminal.lend() })
  }

  /** The file of `\o` collects the results of several statements; its owner closes it. */
  async #finish(sink: Sink): Promise<void> {
    if (sink !== this.#parts.settings.output?.sink) await sink.commit()
  }

  async #giveUp(sink: Sink): Promise<void> {
    if (sink !== this.#parts.settings.output?.sink) await sink.abandon()
  }

  #openProgress(): ProgressLine {
    const { stderr, stdin, env } = this.#parts.environment
    if (!canRedraw(stderr, env) || !stdin.isTTY) return SILENT_PROGRESS
    return queryProgress({ stream: stderr, style: this.#style, now: () => performance.now() })
  }

  #tellNews(write: (line: string) => void): void {
    for (const line of this.#news.splice(0)) write(line)
  }
}
