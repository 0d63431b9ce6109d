import { hasMeaning, splitAtSemicolons } from './statement-splitter.ts'

/** A complete input. */
export type Input =
  | { readonly kind: 'statement'; readonly sql: string }
  | { readonly kind: 'meta'; readonly name: string; readonly argument: string }

/** Plain words for leaving and help, for users who do not know the backslash commands. */
const PLAIN_WORDS: Readonly<Record<string, string>> = { quit: 'q', exit: 'q', help: '?', '?': '?' }

/** The construct that is open at the end of the input and continues on the next line. */
export type OpenPart = 'nothing' | 'statement' | 'literal' | 'identifier' | 'comment'

/** Collects lines until they form a statement, and separates the shell's commands from SQL. */
export class InputBuffer {
  #text = ''

  /** The incomplete statement. */
  get text(): string {
    return this.#text
  }

  get open(): OpenPart {
    const { open } = splitAtSemicolons(this.#text)
    if (open !== undefined) return open
    return hasMeaning(this.#text) ? 'statement' : 'nothing'
  }

  /** Adds a line. Returns the inputs that it completes, in order. */
  push(line: string): Input[] {
    const { open } = this
    if (open === 'nothing' || open === 'statement') {
      const meta = metaCommand(line, open)
      if (meta) return [meta]
    }
    const { statements, rest } = splitAtSemicolons(`${this.#text}${line}\n`)
    this.#text = rest.trim() === '' ? '' : rest
    return statements.map((sql) => ({ kind: 'statement', sql }))
  }

  /** Removes and returns the input, complete or not. */
  take(): string {
    const text = this.#text.trim()
    this.#text = ''
    return text
  }

  /** Replaces the input. */
  replace(text: string): void {
    this.#text = text === '' ? '' : `${text}\n`
  }
}

function metaCommand(line: string, open: 'nothing' | 'statement'): Input | undefined {
  const word = line.trim().replace(/;$/, '').toLowerCase()
  const plain = open === 'nothing' && Object.hasOwn(PLAIN_WORDS, word) ? PLAIN_WORDS[word] : undefined
  if (plain !== undefined) return { kind: 'meta', name: plain, argument: '' }
  const [, name, argument = ''] = /^\s*\\(\S+)\s*(.*?)\s*;?\s*$/.exec(line) ?? []
  return name === undefined ? undefined : { kind: 'meta', name, argument }
}
