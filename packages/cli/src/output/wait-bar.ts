import { widthOf } from '../environment.ts'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { fit } from '../text-layout.ts'
import { durationText } from './amounts.ts'
import { barText } from './progress.ts'
import { StatusLine } from './status-line.ts'

/** Shows how much of a time limit has passed. */
export interface WaitBar {
  update(status: string): void
  /** Removes the bar from the screen. */
  stop(): void
}

export interface WaitBarOptions {
  readonly stream: NodeJS.WriteStream
  readonly style: Style
  readonly timeoutMs: number
  readonly now: () => number
}

const BAR_WIDTH = 24

export const SILENT_WAIT: WaitBar = { update: () => undefined, stop: () => undefined }

export function waitBar({ stream, style, timeoutMs, now }: WaitBarOptions): WaitBar {
  const startedAt = now()
  let status = 'asking'
  const text = () => {
    const waitedMs = now() - startedAt
    const bar = barText(waitedMs / timeoutMs, BAR_WIDTH, style)
    const line = `${bar} ${status}${style.glyphs.separator}${durationText(waitedMs)} of at most ${durationText(timeoutMs)}`
    return fit(line, widthOf(stream) - 1, '')
  }
  const bar = new StatusLine(stream, text)
  bar.start()
  return {
    update: (next) => {
      status = printable(next)
    },
    stop: () => bar.stop(),
  }
}
