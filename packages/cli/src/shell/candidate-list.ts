import { pad, textWidth } from '../text-layout.ts'

const GAP = 2

/** Rows of the screen that the list leaves for the typed input. */
const ROWS_FOR_TYPING = 4

/** Lists candidates in columns that fit the screen, top to bottom, and counts the rest. */
export function candidateList(candidates: readonly string[], columns: number, rows: number): string[] {
  const widest = Math.min(Math.max(1, ...candidates.map(textWidth)) + GAP, columns)
  const across = Math.max(Math.floor(columns / widest), 1)
  const most = Math.max(rows - ROWS_FOR_TYPING, 1)
  const height = Math.min(Math.ceil(candidates.length / across), most)
  const shown = candidates.slice(0, height * across)
  const lines = Array.from({ length: height }, (_, row) =>
    Array.from({ length: across }, (_, column) => shown[column * height + row] ?? '')
      .map((name) => pad(name, widest))
      .join('')
      .trimEnd(),
  )
  const left = candidates.length - shown.length
  return left > 0 ? [...lines, `… and ${left} more`] : lines
}

/** The common prefix of all candidates, ignoring case. */
export function agreedStart(candidates: readonly string[]): string {
  const [first = '', ...others] = candidates
  let length = first.length
  for (const other of others) {
    while (other.slice(0, length).toLowerCase() !== first.slice(0, length).toLowerCase()) length -= 1
  }
  return first.slice(0, length)
}
