/** The outcome of a search of the history. */
export type SearchOutcome =
  | { readonly kind: 'searching' }
  /** The entry replaces the line, to be run or edited. */
  | { readonly kind: 'taken'; readonly entry: string }
  | { readonly kind: 'given-up' }

const SEARCHING: SearchOutcome = { kind: 'searching' }
const CTRL_R = '\u0012'
const ESCAPE = '\u001b'
const ENDINGS = new Set(['\u0003', '\u0004', '\u0007'])

/** Searches earlier statements backwards while a word is typed, as Ctrl-R does in bash. */
export class HistorySearch {
  #term = ''
  /** Number of newer matches that were skipped. */
  #skipped = 0

  /** @param history earlier statements, the newest last */
  constructor(private readonly history: readonly string[]) {}

  get match(): string | undefined {
    if (this.#term === '') return undefined
    const wanted = this.#term.toLowerCase()
    const matches = this.history.filter((entry) => entry.toLowerCase().includes(wanted)).reverse()
    return [...new Set(matches)][this.#skipped]
  }

  /** The line during the search. */
  get text(): string {
    const isLost = this.#term !== '' && this.match === undefined
    return `(${isLost ? 'not found' : 'search'}) ${this.#term}: ${this.match ?? ''}`
  }

  /** Handles typed keys. */
  type(keys: string): SearchOutcome {
    if (ENDINGS.has(keys) || keys === ESCAPE) return { kind: 'given-up' }
    if (keys === CTRL_R) {
      this.#skipped += 1
      if (this.match === undefined) this.#skipped -= 1
      return SEARCHING
    }
    if (keys === '\u007f' || keys === '\b') return this.#search(this.#term.slice(0, -1))
    // Enter and the arrows accept the match.
    if (/^[\r\n]/.test(keys) || keys.startsWith(ESCAPE)) return { kind: 'taken', entry: this.match ?? '' }
    return this.#search(this.#term + keys.replaceAll(/\p{Cc}/gu, ''))
  }

  #search(term: string): SearchOutcome {
    this.#term = term
    this.#skipped = 0
    return SEARCHING
  }
}
