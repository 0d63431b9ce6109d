import { CommandError } from '../command-error.ts'
import { rowsText } from '../output/amounts.ts'
import { type Delivered, deliverText } from '../output/deliver.ts'
import { deliverBytes } from '../output/deliver-bytes.ts'
import { formatOfFile, isTextFormat, makeTextFormat } from '../output/formats.ts'
import { FileSink } from '../output/sink.ts'
import { printable } from '../printable.ts'
import { styleFor } from '../style.ts'
import type { ShellSession } from './shell-session.ts'

/**
 * `\\copy (SELECT …) TO file.parquet`: writes a result to a file, which gets its name once it is complete.
 * @throws CommandError for invalid syntax, and for a file name without a known extension
 */
export async function copyToFile(session: ShellSession, given: string): Promise<void> {
  const [, sql, quoted, plain] = /^\((.*)\)\s+to\s+(?:'([^']+)'|(\S+))$/is.exec(given) ?? []
  const path = quoted ?? plain
  if (sql === undefined || path === undefined) throw new CommandError('\\copy takes (STATEMENT) TO FILE')
  const format = formatOfFile(path)
  if (format === undefined)
    throw new CommandError(`${path}: the name must end in .csv, .tsv, .json, .ndjson, .md, .arrow or .parquet`)
  const { rows } = await session.runner.cancellable((signal) => write(session, { sql, path, format, signal }))
  session.invocation.environment.stdout.write(`${rowsText(rows)} written to ${printable(path)}\n`)
}

interface Copy {
  readonly sql: string
  readonly path: string
  readonly format: NonNullable<ReturnType<typeof formatOfFile>>
  readonly signal: AbortSignal
}

async function write(session: ShellSession, { sql, path, format, signal }: Copy): Promise<Delivered> {
  const { link, settings, invocation } = session
  const stream = link.connection.stream(sql, { ...settings.scope, signal })
  const sink = await FileSink.open(path)
  try {
    const delivered = isTextFormat(format)
      ? await deliverText(stream, makeTextFormat(format, plainOptions(invocation)), sink)
      : await deliverBytes(stream, format, sink, () => undefined)
    await sink.commit()
    return delivered
  } finally {
    await sink.abandon()
  }
}

function plainOptions({ environment: { stdout } }: ShellSession['invocation']) {
  return { style: styleFor(stdout, {}, { noColor: true }), width: undefined, header: true, jsonNumbers: false }
}
