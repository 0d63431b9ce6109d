import type { Connection, QueryStream } from 'e6data-connector'
import { readsOnly } from 'e6data-connector/wire'
import { CommandError } from '../command-error.ts'
import { openConnection } from '../connection/open-connection.ts'
import { canRedraw, widthOf } from '../environment.ts'
import type { ExitName } from '../exits.ts'
import { StatementFailure } from '../failure.ts'
import type { Invocation } from '../invocation.ts'
import { type Delivered, deliverText } from '../output/deliver.ts'
import { explainStatement } from '../output/explanation.ts'
import { type FormatOptions, formatOfFile, isTextFormat, makeTextFormat } from '../output/formats.ts'
import { type ProgressLine, queryProgress, SILENT_PROGRESS } from '../output/progress.ts'
import { FileSink, type Sink, StreamSink } from '../output/sink.ts'
import { deliveredSummary } from '../output/summary.ts'
import { styleFor } from '../style.ts'
import { FORMAT_NAMES, type FormatName } from '../table/format-names.ts'
import { readParams } from './query-params.ts'
import { statementText } from './statement-text.ts'

/** Runs one statement and writes its result. */
export async function run(invocation: Invocation): Promise<ExitName> {
  const { given } = invocation
  const output = chooseOutput(invocation)
  const params = given.text('params')
  const parameters = params === undefined ? undefined : readParams(params)
  const sql = await statementText(invocation)
  const timeoutMs = given.number('timeout')
  const limits = { signal: invocation.interruption.signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  const how = explanationAsked(invocation)
  await using connection = await openConnection(invocation)
  if (how) {
    const text = await explainStatement(connection, { sql, params: parameters, how, limits })
    await writeWhole(output.path, text, invocation)
    return 'ok'
  }
  const stream = connection.stream(sql, { ...limits, ...(parameters ? { params: parameters } : {}) })
  return await new QueryRun(invocation, connection, stream, output, { sql, timeoutMs }).deliver()
}

interface Output {
  readonly format: FormatName
  /** The output file; `undefined` for standard output. */
  readonly path: string | undefined
}

class QueryRun {
  readonly #startedAt = performance.now()
  #wasCut = false

  constructor(
    private readonly invocation: Invocation,
    private readonly connection: Connection,
    private readonly stream: QueryStream<unknown>,
    private readonly output: Output,
    private readonly statement: { readonly sql: string; readonly timeoutMs: number | undefined },
  ) {}

  async deliver(): Promise<ExitName> {
    const progress = this.#openProgress()
    this.connection.on('query:started', ({ strategy }) =>
      progress.update({ rows: 0, bytes: 0, totalRows: undefined, strategy }),
    )
    try {
      const delivered = await this.#write(progress)
      progress.stop()
      this.#tellEnd(delivered)
      return 'ok'
    } catch (error) {
      progress.stop()
      if (this.invocation.interruption.cause === 'SIGINT') this.#say('cancelled on the server')
      const { sql, timeoutMs } = this.statement
      throw new StatementFailure(error, { readsOnly: readsOnly(sql), timeoutMs, queryId: this.stream.queryId })
    }
  }

  async #write(progress: ProgressLine): Promise<Delivered> {
    const sink = await this.#openSink()
    try {
      const delivered = await this.#writeTo(sink, progress)
      await sink.commit()
      return delivered
    } finally {
      await sink.abandon()
    }
  }

  async #writeTo(sink: Sink, progress: ProgressLine): Promise<Delivered> {
    const { format } = this.output
    if (!isTextFormat(format)) {
      const { deliverBytes } = await import('../output/deliver-bytes.ts')
      return deliverBytes(this.stream, format, sink, (facts) => progress.update(facts))
    }
    const options = {
      onProgress: (facts: Parameters<ProgressLine['update']>[0]) => progress.update(facts),
      // Rows on the same terminal would collide with the progress line.
      ...(this.#showsRows() ? { onBegin: () => progress.stop() } : {}),
    }
    return deliverText(this.stream, makeTextFormat(format, this.#formatOptions()), sink, options)
  }

  #formatOptions(): FormatOptions {
    const { given, environment, noColor } = this.invocation
    const { stdout, env } = environment
    const toTerminal = this.#showsRows()
    return {
      style: styleFor(stdout, env, { noColor: noColor || !toTerminal }),
      width: toTerminal ? widthOf(stdout, env) : undefined,
      header: !given.has('no-header'),
      jsonNumbers: given.has('json-numbers'),
      onCut: () => {
        this.#wasCut = true
      },
    }
  }

  #openSink(): Promise<Sink> | Sink {
    const { path } = this.output
    const { environment, interruption } = this.invocation
    return path === undefined ? new StreamSink(environment.stdout, interruption) : FileSink.open(path)
  }

  #openProgress(): ProgressLine {
    const { given, environment, noColor } = this.invocation
    const { stderr, env } = environment
    if (!canRedraw(stderr, env) || given.has('quiet')) return SILENT_PROGRESS
    return queryProgress({ stream: stderr, style: styleFor(stderr, env, { noColor }), now: () => performance.now() })
  }

  /** Whether rows go to the terminal. */
  #showsRows(): boolean {
    return this.output.path === undefined && this.invocation.environment.stdout.isTTY === true
  }

  #tellEnd(delivered: Delivered): void {
    const { stream, output } = this
    const elapsedMs = performance.now() - this.#startedAt
    const summary = { ...delivered, elapsedMs, strategy: stream.strategy, path: output.path }
    this.#say(deliveredSummary(summary, this.#stderrStyle()))
    if (this.#wasCut) this.#say('some values are cut to fit: `--format vertical` shows them whole')
  }

  /** Prints a message for people, not for scripts. */
  #say(text: string): void {
    const { given, environment } = this.invocation
    if (!environment.stderr.isTTY || given.has('quiet')) return
    environment.stderr.write(`${this.#stderrStyle().dim(text)}\n`)
  }

  #stderrStyle() {
    const { environment, noColor } = this.invocation
    return styleFor(environment.stderr, environment.env, { noColor })
  }
}

function chooseOutput({ given, environment }: Invocation): Output {
  const path = given.text('output')
  const asked = given.text('format')
  const format =
    FORMAT_NAMES.find((name) => name === asked) ?? (path === undefined ? undefined : formatOfFile(path)) ?? 'table'
  if (!isTextFormat(format) && path === undefined && environment.stdout.isTTY) {
    throw new CommandError(`${format} is binary: give a file with --output, or use a pipe`)
  }
  return { format, path }
}

function explanationAsked({ given }: Invocation): 'plan' | 'analyze' | undefined {
  if (given.has('explain') && given.has('explain-analyze')) {
    throw new CommandError('--explain runs nothing and --explain-analyze runs the statement: give one of them')
  }
  if (given.has('explain')) return 'plan'
  return given.has('explain-analyze') ? 'analyze' : undefined
}

async function writeWhole(
  path: string | undefined,
  text: string,
  { environment, interruption }: Invocation,
): Promise<void> {
  const sink = path === undefined ? new StreamSink(environment.stdout, interruption) : await FileSink.open(path)
  try {
    await sink.write(text)
    await sink.commit()
  } finally {
    await sink.abandon()
  }
}
