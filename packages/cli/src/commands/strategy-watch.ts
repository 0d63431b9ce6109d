import type { StrategyInspection } from 'e6data-connector'
import type { HostStrategy } from '../connection/shared-strategy.ts'
import { canRedraw } from '../environment.ts'
import type { Invocation } from '../invocation.ts'
import { tellNews } from '../output/strategy-news.ts'
import { strategyJson, strategyPicture } from '../output/strategy-picture.ts'
import { type Style, styleFor } from '../style.ts'

/** Refresh interval, in milliseconds, for ages and queries of other programs. */
const LOOK_EVERY_MS = 500

/** Shows the state of this host until the interruption, redrawn in place on a terminal. */
export async function watchStrategy({ manager, place }: HostStrategy, invocation: Invocation): Promise<void> {
  const { environment, given, interruption, noColor } = invocation
  const { stdout, env } = environment
  const style = styleFor(stdout, env, { noColor })
  const isRedrawn = !given.has('json') && canRedraw(stdout, env)
  const screen = isRedrawn ? new RedrawnScreen(stdout) : new LineScreen(stdout)
  const draw = () => {
    const seen = manager.inspect()
    if (given.has('json')) screen.show([JSON.stringify(strategyJson(place, seen))], changeKey(seen))
    else screen.show(watchLines(strategyPicture(place, seen, style), style, isRedrawn), changeKey(seen))
  }
  const stopNews = tellNews(manager.events, style, draw)
  draw()
  const timer = setInterval(draw, LOOK_EVERY_MS)
  stdout.on('resize', draw)
  await new Promise<void>((resolve) => {
    if (interruption.signal.aborted) resolve()
    interruption.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  clearInterval(timer)
  stdout.off('resize', draw)
  stopNews()
  screen.close()
}

function watchLines(lines: readonly string[], { dim }: Style, isTerminal: boolean | undefined): string[] {
  return isTerminal ? [...lines, '', dim('Ctrl-C ends this')] : [...lines, '']
}

/** The parts of a picture whose change is worth another line: all except ages. */
function changeKey({
  activeStrategy,
  pendingStrategy,
  pendingReady,
  epoch,
  inFlight,
  lastMismatch,
}: StrategyInspection): string {
  return JSON.stringify([activeStrategy, pendingStrategy, pendingReady, epoch, inFlight, lastMismatch?.strategy])
}

const ENTER_ALTERNATE_SCREEN = '\u001b[?1049h'
const LEAVE_ALTERNATE_SCREEN = '\u001b[?1049l'
const CLEAR_FROM_TOP = '\u001b[H\u001b[2J'
const WRAP_OFF = '\u001b[?7l'
const WRAP_ON = '\u001b[?7h'

/**
 * Draws each picture over the last one on the terminal's alternate screen, where a resize does not move lines. The last
 * picture stays on the normal screen at the end.
 */
class RedrawnScreen {
  #last: readonly string[] = []

  constructor(private readonly stream: NodeJS.WriteStream) {
    stream.write(ENTER_ALTERNATE_SCREEN)
  }

  show(lines: readonly string[]): void {
    this.#last = lines
    const height = this.stream.rows || Number.POSITIVE_INFINITY
    // The terminal truncates long lines, so that each takes one row.
    this.stream.write(`${CLEAR_FROM_TOP}${WRAP_OFF}${lines.slice(0, height).join('\r\n')}${WRAP_ON}`)
  }

  close(): void {
    this.stream.write(`${LEAVE_ALTERNATE_SCREEN}${this.#last.slice(0, -2).join('\n')}\n`)
  }
}

/** Writes each changed picture below the last one. */
class LineScreen {
  #last: string | undefined

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(lines: readonly string[], key: string): void {
    if (key === this.#last) return
    this.#last = key
    this.stream.write(`${lines.join('\n')}\n`)
  }

  close(): void {
    // Written lines stay.
  }
}
