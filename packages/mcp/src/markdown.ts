import type { BoundedResult } from './bounded-result.ts'

/** Characters that Markdown would act on. */
const MARKUP = /[\\`*_[\]<>|~]/g

const CUTS = {
  rows: 'ask for fewer rows, or aggregate',
  bytes: 'ask for fewer or shorter columns',
} as const

/** A result as a Markdown table, with what was left out and where it ran below. */
export function resultMarkdown({ columns, rows, rowCount, cutBy, strategy }: BoundedResult): string {
  const table = markdownTable(
    columns.map(({ name }) => name),
    rows,
  )
  const counted =
    cutBy === undefined ? `${rows.length} rows` : `the first ${rows.length} of ${rowCount} rows: ${CUTS[cutBy]}`
  return `${table}\n\n(${counted}${strategy === undefined ? '' : `, on ${strategy}`})`
}

export function markdownTable(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]) => `| ${cells.map(cellText).join(' | ')} |`
  return [line(names), `|${' --- |'.repeat(names.length)}`, ...rows.map(line)].join('\n')
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  return String(value)
    .replaceAll(MARKUP, (character) => `\\${character}`)
    .replaceAll(/\r?\n|\r/g, '<br>')
    .replaceAll(/\p{Cc}/gu, ' ')
}
