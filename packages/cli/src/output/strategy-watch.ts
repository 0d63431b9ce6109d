import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import type { StrategyInspection } from 'e6data-connector'
import type { HostStrategy } from '../connection/shared-strategy.ts'
import type { Invocation } from '../invocation.ts'
import { type Style, styleFor } from '../style.ts'
import { tellNews } from './strategy-news.ts'
import { strategyJson, strategyPicture } from './strategy-picture.ts'

/** How often it is looked at anew, in milliseconds: ages grow, and queries of other programs come and go. */
const LOOK_EVERY_MS = 500

/** Shows what this host knows until the interruption, drawing over the last picture where there is a terminal. */
export async function watchStrategy({ manager, place }: HostStrategy, invocation: Invocation): Promise<void> {
  const { surroundings, given, interruption, noColor } = invocation
  const { stdout, env } = surroundings
  const style = styleFor(stdout, env, { noColor })
  const screen = given.has('json')
    ? new LineScreen(stdout)
    : stdout.isTTY
      ? new RedrawnScreen(stdout)
      : new LineScreen(stdout)
  const draw = () => {
    const seen = manager.inspect()
    if (given.has('json')) screen.show([JSON.stringify(strategyJson(place, seen))], changeKey(seen))
    else screen.show(watchLines(strategyPicture(place, seen, style), style, stdout.isTTY), changeKey(seen))
  }
  const stopNews = tellNews(manager.events, style, draw)
  draw()
  const timer = setInterval(draw, LOOK_EVERY_MS)
  await new Promise<void>((resolve) => {
    if (interruption.signal.aborted) resolve()
    interruption.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  clearInterval(timer)
  stopNews()
}

function watchLines(lines: readonly string[], { dim }: Style, isTerminal: boolean | undefined): string[] {
  return isTerminal ? [...lines, '', dim('Ctrl-C ends this')] : [...lines, '']
}

/** What makes a picture worth another line: everything but the ages. */
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

/** Draws over what it drew before. */
class RedrawnScreen {
  #drawn = 0

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(lines: readonly string[]): void {
    const height = (this.stream.rows ?? Number.POSITIVE_INFINITY) - 1
    const shown = lines.slice(0, height)
    if (this.#drawn > 0) moveCursor(this.stream, 0, -this.#drawn)
    cursorTo(this.stream, 0)
    clearScreenDown(this.stream)
    // A line that wraps would make the count of lines wrong: the terminal is asked to cut it instead.
    this.stream.write(`\u001b[?7l${shown.join('\n')}\n\u001b[?7h`)
    this.#drawn = shown.length
  }
}

/** Writes each picture that says something new below the last one. */
class LineScreen {
  #last: string | undefined

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(lines: readonly string[], key: string): void {
    if (key === this.#last) return
    this.#last = key
    this.stream.write(`${lines.join('\n')}\n`)
  }
}
