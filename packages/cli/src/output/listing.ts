import type { TextRow } from 'e6data-connector/wire'
import { widthOf } from '../environment.ts'
import type { Invocation } from '../invocation.ts'
import { printable } from '../printable.ts'
import { styleFor } from '../style.ts'
import { rowsText } from './amounts.ts'
import type { Column } from './column.ts'
import { tableFormat } from './table-format.ts'

/** A short list, with its columns. */
export interface Listing {
  readonly columns: readonly string[]
  readonly rows: readonly TextRow[]
}

/**
 * Writes a list: JSON with `--json`, a table on a terminal, and lines with tabs between the values for other programs.
 */
export function writeListing({ environment, given, noColor }: Invocation, listing: Listing): void {
  const { stdout, env } = environment
  if (given.has('json')) stdout.write(`${JSON.stringify(objectsOf(listing))}\n`)
  else if (stdout.isTTY)
    stdout.write(listingTable(listing, { style: styleFor(stdout, env, { noColor }), width: widthOf(stdout, env) }))
  else
    stdout.write(listing.rows.map((row) => `${row.map((cell) => printable(String(cell ?? ''))).join('\t')}\n`).join(''))
}

/** A list as a table, with the number of its rows below. */
export function listingTable({ columns, rows }: Listing, options: Parameters<typeof tableFormat>[0]): string {
  const format = tableFormat(options)
  const head = format.head(columns.map((name): Column => ({ key: name, name, type: 'STRING', isNumber: false })))
  const body = rows.length > 0 ? format.rows(rows) : ''
  return `${head}${body}${format.tail()}${options.style.dim(`(${rowsText(rows.length)})`)}\n`
}

function objectsOf({ columns, rows }: Listing): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])))
}
