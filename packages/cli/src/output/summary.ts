import type { Strategy } from 'e6data-connector'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { bytesText, durationText, rowsText } from './amounts.ts'

export interface Summary {
  readonly rows: number
  readonly bytes: number
  readonly elapsedMs: number
  readonly strategy: Strategy | undefined
  /** The file that the result was written to. */
  readonly path?: string | undefined
}

/** Summarizes a statement in one line. */
export function deliveredSummary({ rows, bytes, elapsedMs, strategy, path }: Summary, style: Style): string {
  const parts = [
    rowsText(rows),
    ...(bytes > 0 ? [bytesText(bytes)] : []),
    durationText(elapsedMs),
    ...(strategy ? [style.strategy(strategy)] : []),
    ...(path ? [`${style.glyphs.arrow} ${printable(path)}`] : []),
  ]
  return parts.join(style.glyphs.separator)
}
