import { clearLine, cursorTo } from 'node:readline'
import cliProgress from 'cli-progress'
import { widthOf } from '../environment.ts'

/** The options of a redrawn line. */
interface BarTerminal {
  cursorSave(): void
  cursorRestore(): void
  cursor(isVisible: boolean): void
  lineWrapping(isOn: boolean): void
  cursorTo(x: number): void
  clearRight(): void
  clearLine(): void
  newline(): void
  write(text: string): void
  isTTY(): boolean
  getWidth(): number
}

/** Redraws per second. */
const FRAMES_PER_SECOND = 10

/** A terminal line that shows `text` and is redrawn until it is stopped, which removes it. */
export class StatusLine {
  readonly #stream: NodeJS.WriteStream
  readonly #bar: cliProgress.SingleBar
  #isShown = false

  constructor(stream: NodeJS.WriteStream, text: () => string) {
    this.#stream = stream
    const options: cliProgress.Options & { terminal: BarTerminal } = {
      stream,
      terminal: steadyTerminal(stream),
      format: text,
      fps: FRAMES_PER_SECOND,
      // Other programs may write to the same terminal.
      forceRedraw: true,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    }
    this.#bar = new cliProgress.SingleBar(options)
  }

  start(): void {
    this.#isShown = true
    this.#bar.start(1, 0)
  }

  stop(): void {
    this.#bar.stop()
    this.#isShown = false
  }

  /** Writes a permanent line above this one. */
  above(text: string): void {
    if (this.#isShown) {
      cursorTo(this.#stream, 0)
      clearLine(this.#stream, 0)
    }
    this.#stream.write(`${text}\n`)
  }
}

/**
 * The library would restore the cursor to its first position. This does not, since the other end of a pipe may have
 * written to the same terminal in the meantime.
 */
function steadyTerminal(stream: NodeJS.WriteStream): BarTerminal {
  const send = (text: string) => void stream.write(text)
  return {
    cursorSave: () => undefined,
    cursorRestore: () => undefined,
    cursor: (isVisible) => send(isVisible ? '\u001b[?25h' : '\u001b[?25l'),
    // The terminal truncates long lines: it knows the width of each character.
    lineWrapping: (isOn) => send(isOn ? '\u001b[?7h' : '\u001b[?7l'),
    cursorTo: (x) => void cursorTo(stream, x),
    clearRight: () => void clearLine(stream, 1),
    clearLine: () => void clearLine(stream, 0),
    newline: () => send('\n'),
    write: send,
    isTTY: () => stream.isTTY === true,
    getWidth: () => widthOf(stream),
  }
}
