import type { Strategy } from 'e6data-connector'
import type { Style } from '../style.ts'
import { widthOf } from '../surroundings.ts'
import { fit, textWidth } from '../text-layout.ts'
import { bytesText, countText, durationText, rateText, rowsText } from './amounts.ts'
import { StatusLine } from './status-line.ts'

/** What has come of a result so far. */
export interface ProgressFacts {
  readonly rows: number
  readonly bytes: number
  /** Rows of the whole result, once the engine has said so. */
  readonly totalRows: number | undefined
  readonly strategy: Strategy | undefined
}

/** Shows how far something is, on one line that is drawn over again and again. */
export interface ProgressLine {
  update(facts: ProgressFacts): void
  /** Writes a line above, which stays. */
  tell(text: string): void
  /** Takes the line off the screen. */
  stop(): void
}

export interface ProgressLineOptions {
  readonly stream: NodeJS.WriteStream
  readonly style: Style
  readonly now: () => number
}

const BAR_WIDTH = 16

const NOTHING_YET: ProgressFacts = { rows: 0, bytes: 0, totalRows: undefined, strategy: undefined }

/** What is over sooner than this, in milliseconds, would only flicker. */
const SHOW_AFTER_MS = 200

/** Where nobody looks, nothing is drawn. */
export const SILENT_PROGRESS: ProgressLine = { update: () => undefined, tell: () => undefined, stop: () => undefined }

/** The progress of a query: a bar once it is known how many rows there are, rows, bytes, rate, time and deployment. */
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
  // Bytes that are passed on as they come are not counted as rows.
  const counts = rows === 0 ? [] : [totalRows ? `${countText(rows)}/${countText(totalRows)} rows` : rowsText(rows)]
  const rate = rows === 0 ? [] : [rateText(rows, elapsedMs)]
  const parts = [...counts, bytesText(bytes), ...rate, elapsed, ...badge]
  const bar = totalRows && rows > 0 ? `${barText(rows / totalRows, BAR_WIDTH, style)} ` : ''
  const line = bar + parts.join(separator)
  if (textWidth(line) < width) return line
  return fit([...counts, elapsed, ...badge].join(separator), width - 1, '')
}

/** A bar, part of it full. */
export function barText(share: number, width: number, { glyphs }: Pick<Style, 'glyphs'>): string {
  const full = Math.round(Math.min(Math.max(share, 0), 1) * width)
  return glyphs.full.repeat(full) + glyphs.empty.repeat(width - full)
}
