import { type Cell, cellText, type TextFormat } from 'e6data-connector/wire'
import { printable, printableLines } from '../printable.ts'
import type { Style } from '../style.ts'
import { pad, textWidth } from '../text-layout.ts'
import type { Column } from './column.ts'

/** Maximum length of the line above a record. */
const RULE_WIDTH = 40

/** Writes each record as a list of columns and values, without cutting values. */
export function verticalFormat({ style }: { readonly style: Style }): TextFormat<Column> {
  const { vertical, horizontal } = style.glyphs
  let names: readonly string[] = []
  let record = 0
  let hang = ''
  const value = (cell: Cell) => {
    if (cell === null) return style.dim('NULL')
    return printableLines(cellText(cell)).split('\n').join(`\n${hang}`)
  }
  return {
    head: (columns: readonly Column[]) => {
      const shown = columns.map(({ name }) => printable(name))
      const width = Math.max(0, ...shown.map(textWidth))
      names = shown.map((name) => style.key(pad(name, width)))
      hang = `${' '.repeat(width)} ${vertical} `
      return ''
    },
    rows: (rows) =>
      rows
        .map((row) => {
          record += 1
          const rule = `${horizontal}${horizontal} ${record} ${horizontal.repeat(RULE_WIDTH - String(record).length)}`
          const lines = row.map((cell, column) => `${names[column]} ${vertical} ${value(cell)}\n`)
          return `${style.dim(rule)}\n${lines.join('')}`
        })
        .join(''),
    tail: () => '',
  }
}
