import { textWidth } from '../text-layout.ts'

/** What stands between two columns: a space, a line, a space. */
const GAP = 3

/** A column narrower than this shows nothing worth reading. */
const NARROWEST = 6

/**
 * How wide each column may be, so that all fit.
 * @param natural how wide each would like to be
 * @returns `undefined` when they don't fit, however much is cut
 */
export function columnWidths(natural: readonly number[], available: number): number[] | undefined {
  const room = available - GAP * Math.max(natural.length - 1, 0) - 2
  const least = natural.map((width) => Math.min(width, NARROWEST))
  if (sum(least) > room) return undefined
  const cap = widestCap(natural, room)
  const widths = natural.map((width) => Math.min(width, Math.max(cap, NARROWEST)))
  // What rounding leaves over goes to the columns that were cut, first to last.
  let spare = room - sum(widths)
  return widths.map((width, index) => {
    if (spare <= 0 || width >= natural[index]!) return width
    spare -= 1
    return width + 1
  })
}

/** The widths that columns would like to have for these texts. */
export function naturalWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((text, column) => {
      widths[column] = Math.max(widths[column] ?? 0, textWidth(text))
    })
  }
  return widths
}

/** The largest width to which the widest columns can be cut so that all fit; narrow ones keep what they need. */
function widestCap(natural: readonly number[], room: number): number {
  let low = 0
  let high = Math.max(0, ...natural)
  while (low < high) {
    const cap = Math.ceil((low + high) / 2)
    if (sum(natural.map((width) => Math.min(width, Math.max(cap, NARROWEST)))) <= room) low = cap
    else high = cap - 1
  }
  return low
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
