import { PassThrough } from 'node:stream'

/**
 * The keyboard input of readline. Keys pass through here, so that they can be handled before readline, and another
 * program can use the keyboard for a while.
 */
export class KeyInput extends PassThrough {
  readonly isTTY = true
  readonly #keyboard: NodeJS.ReadStream
  readonly #take: (chunk: Buffer | string) => void

  /** @param beforeKeys called with the typed keys; readline gets the returned ones */
  constructor(keyboard: NodeJS.ReadStream, beforeKeys: (keys: string) => string) {
    super()
    this.#keyboard = keyboard
    this.#take = (chunk) => {
      const keys = beforeKeys(chunk.toString('utf8'))
      if (keys !== '') this.write(keys)
    }
    keyboard.on('data', this.#take)
    keyboard.once('end', () => this.end())
  }

  setRawMode(isRaw: boolean): this {
    this.#keyboard.setRawMode?.(isRaw)
    return this
  }

  /** Releases the keyboard. Returns a function that takes it back. */
  lend(): () => void {
    this.#keyboard.off('data', this.#take)
    this.#keyboard.pause()
    this.setRawMode(false)
    return () => {
      this.setRawMode(true)
      this.#keyboard.on('data', this.#take)
      this.#keyboard.resume()
    }
  }

  /** Stops listening, so that the process can end. */
  stop(): void {
    this.#keyboard.off('data', this.#take)
    this.#keyboard.pause()
  }
}
