import { PassThrough } from 'node:stream'

/**
 * The keyboard as readline gets it. Keys pass through here, so that something can be done before readline sees them, and
 * another program can have the keyboard for a while.
 */
export class KeyInput extends PassThrough {
  readonly isTTY = true
  readonly #keyboard: NodeJS.ReadStream
  readonly #take: (chunk: Buffer | string) => void

  /** @param beforeKeys called with what was typed; readline gets what it returns */
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

  /** Gives the keyboard away. Returns how to take it back. */
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

  /** Listens no more, so that the process can end. */
  stop(): void {
    this.#keyboard.off('data', this.#take)
    this.#keyboard.pause()
  }
}
