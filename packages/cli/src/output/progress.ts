import type { Strategy } from 'e6data-connector'
import { widthOf } from '../environment.ts'
import type { Style } from '../style.ts'
import { fit, textWidth } from '../text-layout.ts'
import { bytesText, countText, durationText, rateText, rowsText } from './amounts.ts'
import { StatusLine } from './status-line.ts'

/** The progress of a result. */
export interface ProgressFacts {
  readonly rows: number
  readonly bytes: number
  /** Number of rows in the complete result, once the engine has reported it. */
  readonly totalRows: number | undefined
  readonly strategy: Strategy | undefined
}

/** Shows progress on one line that is redrawn. */
export interface ProgressLine {
  update(facts: ProgressFacts): void
  /** Writes a permanent line above the progress. */
  tell(text: string): void
  /** Removes the line from the screen. */
  stop(): void
}

export interface ProgressLineOptions {
  readonly stream: NodeJS.WriteStream
  readonly style: Style
  readonly now: () => number
}

const BAR_WIDTH = 16

const NOTHING_YET: ProgressFacts = { rows: 0, bytes: 0, totalRows: undefined, strategy: undefined }

/** Delay before progress is shown, in milliseconds, so that short queries do not flicker. */
const SHOW_AFTER_MS = 200

/** Draws nothing, for outputs other than a terminal. */
export const SILENT_PROGRESS: ProgressLine = { update: () => undefined, tell: () => undefined, stop: () => undefined }

/** The progress of a query: a bar once the number of rows is known, rows, bytes, rate, time and strategy. */
export function queryProgress({ stream, style, now }: ProgressLineOptions): ProgressLine {
  const startedAt = now()
  let facts = NOTHING_YET
  const line = new StatusLine(stream, () => progressText(facts, now() - startedAt, widthOf(stream), style))
  const starting = setTimeout(() => line.start(), SHOW_AFTER_MS)
  return {
    update: (next) => {
      facts = next
    },
    tell: (text) => line.above(text),
    stop: () => {
      clearTimeout(starting)
      line.stop()
    },
  }
}

function progressText(
  { rows, bytes, totalRows, strategy }: ProgressFacts,
  elapsedMs: number,
  width: number,
  style: Style,
): string {
  const { separator } = style.glyphs
  const badge = strategy ? [style.strategy(strategy)] : []
  const elapsed = durationText(elapsedMs)
  if (bytes === 0) return ['running', elapsed, ...badge].join(separator)
  // Rows are not counted when bytes are passed through.
  const counts = rows === 0 ? [] : [totalRows ? `${countText(rows)}/${countText(totalRows)} rows` : rowsText(rows)]
  const rate = rows === 0 ? [] : [rateText(rows, elapsedMs)]
  const parts = [...counts, bytesText(bytes), ...rate, elapsed, ...badge]
  const bar = totalRows && rows > 0 ? `${barText(rows / totalRows, BAR_WIDTH, style)} ` : ''
  const line = bar + parts.join(separator)
  if (textWidth(line) < width) return line
  return fit([...counts, elapsed, ...badge].join(separator), width - 1, '')
}

/** Draws a bar. */
export function barText(share: number, width: number, { glyphs }: Pick<Style, 'glyphs'>): string {
  const full = Math.round(Math.min(Math.max(share, 0), 1) * width)
  return glyphs.full.repeat(full) + glyphs.empty.repeat(width - full)
}
