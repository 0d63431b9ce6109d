import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline'
import { widthOf } from '../environment.ts'
import type { Style } from '../style.ts'
import { fit, textWidth } from '../text-layout.ts'
import { highlighted } from './sql-highlight.ts'

export interface LineDrawingParts {
  readonly line: Interface
  readonly stream: NodeJS.WriteStream
  readonly style: Style
  /** The earlier lines of the statement. */
  readonly before: () => string
  /** Earlier statements, the newest last. */
  readonly history: () => readonly string[]
  /** The status below the typed line. */
  readonly status: () => string
}

/**
 * Redraws the typed line over readline's output: highlighted, with the rest of an earlier statement that starts the
 * same, and the status below. The cursor stays where readline has put it.
 */
export class LineDrawing {
  readonly #parts: LineDrawingParts
  #isDrawn = false

  constructor(parts: LineDrawingParts) {
    this.#parts = parts
  }

  /** The rest of the newest earlier statement that starts with the line. */
  get suggestion(): string {
    const { line, before, history } = this.#parts
    const typed = line.line
    if (typed.trim() === '' || line.cursor !== typed.length || before() !== '') return ''
    const found = history().findLast((entry) => entry.length > typed.length && entry.startsWith(typed))
    return found?.slice(typed.length) ?? ''
  }

  draw(): void {
    this.#isDrawn = true
    const { stream, style, status } = this.#parts
    const width = widthOf(stream)
    const rest = fit(this.suggestion, Math.max(width - (this.#typedWidth % width) - 1, 0), '')
    this.#drawLine(`${style.dim(rest)}\r\n${style.dim(fit(status(), width - 1, ''))}`, 1)
  }

  /** Draws a string in place of the line. */
  drawInstead(text: string): void {
    this.#isDrawn = true
    const { line, stream } = this.#parts
    this.#toStart()
    stream.write(fit(`${line.getPrompt()}${text}`, widthOf(stream) - 1, ''))
  }

  /** Removes all but the line from the screen, before other output. */
  clear(): void {
    if (!this.#isDrawn) return
    this.#isDrawn = false
    this.#drawLine('', 0)
  }

  /** @param rowsBelow the rows that `tail` takes below the line */
  #drawLine(tail: string, rowsBelow: number): void {
    const { line, stream, style, before } = this.#parts
    const { rows, cols } = line.getCursorPos()
    this.#toStart()
    stream.write(`${line.getPrompt()}${highlighted(before(), line.line, style)}${tail}`)
    moveCursor(stream, 0, rows - Math.floor(this.#typedWidth / widthOf(stream)) - rowsBelow)
    cursorTo(stream, cols)
  }

  #toStart(): void {
    const { line, stream } = this.#parts
    moveCursor(stream, 0, -line.getCursorPos().rows)
    cursorTo(stream, 0)
    clearScreenDown(stream)
  }

  get #typedWidth(): number {
    const { line } = this.#parts
    // Colors of the prompt take no columns.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colors start with the escape character
    return textWidth(line.getPrompt().replaceAll(/\u001b\[[\d;]*m/g, '')) + textWidth(line.line)
  }
}
