import { hasMeaning, splitAtSemicolons } from './statement-splitter.ts'

/** Something that was typed and can be done. */
export type Input =
  | { readonly kind: 'statement'; readonly sql: string }
  | { readonly kind: 'meta'; readonly name: string; readonly argument: string }

/** Words that people type to leave or to be helped, before they know of backslashes. */
const PLAIN_WORDS: Readonly<Record<string, string>> = { quit: 'q', exit: 'q', help: '?', '?': '?' }

/** What is open at the end of what is typed, which the next line goes on with. */
export type OpenPart = 'nothing' | 'statement' | 'literal' | 'identifier' | 'comment'

/** Collects lines until they are a statement, and tells the shell's own commands from SQL. */
export class InputBuffer {
  #text = ''

  /** What is typed of a statement that has not ended yet. */
  get text(): string {
    return this.#text
  }

  get open(): OpenPart {
    const { open } = splitAtSemicolons(this.#text)
    if (open !== undefined) return open
    return hasMeaning(this.#text) ? 'statement' : 'nothing'
  }

  /** Takes a line. Returns what it completes, in order. */
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

  /** Takes out what is typed, whether or not it is whole. */
  take(): string {
    const text = this.#text.trim()
    this.#text = ''
    return text
  }

  /** Puts text in the place of what is typed. */
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
