import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { sqlTokens, tokenText } from 'e6data-connector/wire'
import type { Environment } from '../environment.ts'
import { writableStatePath } from '../profile/state-folder.ts'

/** Maximum number of statements in the history. */
export const HISTORY_LENGTH = 2000

/** Number of statements beyond the maximum at which the file is cut. */
const SLACK = 500

/** The statements of this and earlier sessions, the newest last. Each entry is one line. */
export class HistoryFile {
  readonly #path: string
  readonly #entries: string[]

  /** A file that only its owner can read, since statements may contain private data. */
  static open(place: Pick<Environment, 'env' | 'home'>): HistoryFile {
    const path = writableStatePath(place, 'history')
    if (!existsSync(path)) writeFileSync(path, '', { mode: 0o600 })
    chmodSync(path, 0o600)
    const entries = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    const kept = entries.slice(-HISTORY_LENGTH)
    if (entries.length > HISTORY_LENGTH + SLACK) writeFileSync(path, `${kept.join('\n')}\n`)
    return new HistoryFile(path, kept)
  }

  private constructor(path: string, entries: string[]) {
    this.#path = path
    this.#entries = entries
  }

  get entries(): readonly string[] {
    return this.#entries
  }

  /** Adds an entry, unless it repeats the last one or starts with a space. */
  add(text: string): void {
    const entry = oneLine(text)
    if (entry === '' || text.startsWith(' ') || entry === this.#entries.at(-1)) return
    this.#entries.push(entry)
    appendFileSync(this.#path, `${entry}\n`, { mode: 0o600 })
  }
}

/** Joins the lines of a statement: a line comment becomes a block comment. */
export function oneLine(sql: string): string {
  let line = ''
  for (const token of sqlTokens(sql)) {
    const text = tokenText(sql, token)
    if (token.kind === 'space') line += /[\r\n]/.test(text) ? ' ' : text
    else if (token.kind === 'comment' && text.startsWith('--')) line += `/*${text.slice(2).replaceAll('*/', '* /')} */`
    else line += text.replace(/\r?\n/g, token.kind === 'literal' ? '\\n' : ' ')
  }
  return line.trim()
}
