import { createHash } from 'node:crypto'

/** The number of lines hashed at a time. */
const LINES_AT_ONCE = 512

/** The events of a run, line by line. Two runs are equal if their digests are. */
export class History {
  readonly #hash = createHash('sha256')
  readonly #kept: string[] | undefined
  #waiting: string[] = []

  /** `keep`: whether to keep the lines themselves. */
  constructor({ keep }: { keep: boolean }) {
    this.#kept = keep ? [] : undefined
  }

  write(at: number, text: string): void {
    const line = `${at.toFixed(3)} ${text}`
    this.#kept?.push(line)
    this.#waiting.push(line)
    if (this.#waiting.length === LINES_AT_ONCE) this.#flush()
  }

  get lines(): readonly string[] {
    return this.#kept ?? []
  }

  /** Ends the history. */
  digest(): string {
    this.#flush()
    return this.#hash.digest('hex')
  }

  #flush(): void {
    for (const line of this.#waiting) this.#hash.update(`${line}\n`)
    this.#waiting = []
  }
}
