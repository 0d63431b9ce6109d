import { type Cell, cellText, type TextFormat, type TextRow } from 'e6data-connector/wire'
import { printable } from '../printable.ts'
import type { Column } from './column.ts'

/** Characters that Markdown or HTML interprets. */
const MARKUP = /[\\`*_[\]<>|&~]/g

export function markdownFormat(): TextFormat<Column> {
  return {
    head: (columns) => {
      const rule = columns.map(({ isNumber }) => (isNumber ? '---:' : '---'))
      return `${line(columns.map(({ name }) => escaped(name)))}${line(rule)}`
    },
    rows: (rows) => rows.map((row: TextRow) => line(row.map(markdownCell))).join(''),
    tail: () => '',
  }
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

function markdownCell(cell: Cell): string {
  return cell === null ? 'NULL' : escaped(cellText(cell))
}

function escaped(text: string): string {
  return text.split(/\r?\n/).map(escapedLine).join('<br>')
}

function escapedLine(line: string): string {
  return printable(line).replace(MARKUP, (character) =>
    character === '<' ? '&lt;' : character === '&' ? '&amp;' : `\\${character}`,
  )
}
