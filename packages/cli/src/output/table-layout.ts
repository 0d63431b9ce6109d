import { textWidth } from '../text-layout.ts'

/** Width of a column separator: a space, a line, a space. */
const GAP = 3

/** Minimum width of a column. */
const NARROWEST = 6

/** The width requirements of a column. */
export interface WidthWish {
  /** The preferred width. */
  readonly natural: number
  /** Whether it may be cut: a cut number would be wrong. */
  readonly canBeCut: boolean
}

/**
 * Returns the widths with which all columns fit.
 * @returns `undefined` when they do not fit
 */
export function columnWidths(wishes: readonly WidthWish[], available: number): number[] | undefined {
  const room = available - GAP * Math.max(wishes.length - 1, 0) - 2
  const cutTo = (cap: number) =>
    wishes.map(({ natural, canBeCut }) => (canBeCut ? Math.min(natural, Math.max(cap, NARROWEST)) : natural))
  if (sum(cutTo(0)) > room) return undefined
  // The largest width to which the widest columns can be cut so that all fit; narrow ones keep what they need.
  let cap = 0
  for (let high = Math.max(0, ...wishes.map(({ natural }) => natural)); cap < high; ) {
    const middle = Math.ceil((cap + high) / 2)
    if (sum(cutTo(middle)) <= room) cap = middle
    else high = middle - 1
  }
  return shareOut(cutTo(cap), wishes, room)
}

/** Distributes the remainder of rounding to the columns that were cut, first to last. */
function shareOut(widths: readonly number[], wishes: readonly WidthWish[], room: number): number[] {
  let spare = room - sum(widths)
  return widths.map((width, index) => {
    if (spare <= 0 || width >= wishes[index]!.natural) return width
    spare -= 1
    return width + 1
  })
}

/** The preferred widths of columns for these strings. */
export function naturalWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((text, column) => {
      widths[column] = Math.max(widths[column] ?? 0, textWidth(text))
    })
  }
  return widths
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
