import { type Cell, cellText, type TextFormat, type TextRow } from 'e6data-connector/wire'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { fit, pad } from '../text-layout.ts'
import type { Column } from './column.ts'
import { columnWidths, naturalWidths } from './table-layout.ts'
import { verticalFormat } from './vertical-format.ts'

export interface TableOptions {
  readonly style: Style
  /** The terminal's columns; `undefined` without a limit, as in a pipe. */
  readonly width: number | undefined
  /** Called once when a value was cut. */
  readonly onCut?: () => void
}

/** Maximum number of characters considered of a value, more than any terminal shows. */
const LONGEST_SHOWN = 4096

/**
 * A table with the column widths of its first rows that fits the terminal. Wide columns are cut first; if the table
 * still does not fit, rows are written as records. Later rows use the same widths, so that memory does not depend on
 * the number of rows.
 */
export function tableFormat(options: TableOptions): TextFormat<Column> {
  let columns: readonly Column[] = []
  let layout: TextFormat<Column> | undefined
  const begun = (rows: readonly TextRow[]) => {
    layout ??= chooseLayout(columns, rows, options)
    return layout
  }
  return {
    head: (given) => {
      columns = given
      return ''
    },
    rows: (rows) => {
      const head = layout ? '' : begun(rows).head(columns)
      return head + begun(rows).rows(rows)
    },
    // A result without rows still shows its columns.
    tail: () => (layout || columns.length === 0 ? '' : begun([]).head(columns)),
  }
}

function chooseLayout(columns: readonly Column[], rows: readonly TextRow[], options: TableOptions): TextFormat<Column> {
  const texts = [
    columns.map(({ name }) => printable(name)),
    ...rows.map((row) => row.map((cell) => shownCell(cell, longestShown(options)))),
  ]
  const natural = naturalWidths(texts)
  const wishes = natural.map((width, column) => ({ natural: width, canBeCut: !columns[column]!.isNumber }))
  const widths = options.width === undefined ? natural : columnWidths(wishes, options.width)
  return widths ? gridFormat(columns, widths, options) : verticalFormat(options)
}

function gridFormat(columns: readonly Column[], widths: readonly number[], options: TableOptions): TextFormat<Column> {
  const { style, width, onCut } = options
  const { vertical, horizontal, cross, ellipsis } = style.glyphs
  const line = (cells: readonly string[]) => ` ${cells.join(` ${vertical} `)}\n`
  const sized = (text: string, column: number) => {
    if (width === undefined || columns[column]!.isNumber) return text
    const fitted = fit(text, widths[column]!, ellipsis)
    if (fitted !== text) onCut?.()
    return fitted
  }
  const longest = longestShown(options)
  const aligned = (text: string, column: number) => {
    if (columns[column]!.isNumber) return pad(text, widths[column]!, 'left')
    return column === columns.length - 1 ? text : pad(text, widths[column]!)
  }
  const paintCell = (cell: Cell, column: number) => {
    const text = aligned(sized(shownCell(cell, longest), column), column)
    return cell === null ? style.dim(text) : text
  }
  return {
    head: () => {
      const names = columns.map(({ name }, column) => style.strong(aligned(sized(printable(name), column), column)))
      const rule = widths.map((columnWidth) => horizontal.repeat(columnWidth + 2)).join(cross)
      return `${line(names)}${style.dim(rule)}\n`
    },
    rows: (rows) => rows.map((row) => line(row.map(paintCell))).join(''),
    tail: () => '',
  }
}

function longestShown({ width }: TableOptions): number {
  return width === undefined ? Number.POSITIVE_INFINITY : LONGEST_SHOWN
}

/** @param longest maximum number of characters to consider */
function shownCell(cell: Cell, longest: number): string {
  return cell === null ? 'NULL' : printable(cellText(cell).slice(0, longest))
}
