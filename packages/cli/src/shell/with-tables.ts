import { isSignificant, type SqlToken, sqlTokens, tokenText } from 'e6data-connector/wire'
import { KEYWORD_SET } from './sql-words.ts'

/** A table of a WITH clause, with the columns that can be derived from it. */
export interface WithTable {
  readonly name: string
  readonly columns: readonly string[]
}

/** The tables of a WITH clause, also of an incomplete one. */
export function withTables(sql: string): WithTable[] {
  const tokens = [...sqlTokens(sql)].filter(isSignificant)
  const text = (at: number) => (tokens[at] === undefined ? '' : tokenText(sql, tokens[at]))
  const upper = (at: number) => text(at).toUpperCase()
  const found: WithTable[] = []
  for (let at = 0; at < tokens.length; at += 1) {
    if (upper(at) !== 'WITH') continue
    at += upper(at + 1) === 'RECURSIVE' ? 2 : 1
    while (isName(sql, tokens[at])) {
      const name = bareName(text(at))
      const list = text(at + 1) === '(' ? { from: at + 2, to: closing(text, at + 1, tokens.length) } : undefined
      const as = list === undefined ? at + 1 : list.to + 1
      if (upper(as) !== 'AS' || text(as + 1) !== '(') break
      const end = closing(text, as + 1, tokens.length)
      const body = tokens.slice(as + 2, end)
      const given = list && tokens.slice(list.from, list.to).filter((token) => isName(sql, token))
      found.push({ name, columns: given?.map((token) => bareName(tokenText(sql, token))) ?? selectedNames(sql, body) })
      at = end + 1
      if (text(at) !== ',') break
      at += 1
    }
  }
  return found
}

/** The names of a select list: an alias, or the last part of a plain name. */
function selectedNames(sql: string, tokens: readonly SqlToken[]): string[] {
  const text = (token: SqlToken | undefined) => (token === undefined ? '' : tokenText(sql, token))
  if (text(tokens[0]).toUpperCase() !== 'SELECT') return []
  const names: string[] = []
  let depth = 0
  let last: SqlToken | undefined
  for (const token of [...tokens.slice(1), undefined]) {
    const part = text(token)
    if (part === '(') depth += 1
    if (part === ')') depth -= 1
    const ends = token === undefined || (depth === 0 && (part === ',' || part.toUpperCase() === 'FROM'))
    if (!ends) {
      last = token
      continue
    }
    if (isName(sql, last)) names.push(bareName(text(last)))
    last = undefined
    if (part.toUpperCase() === 'FROM') break
  }
  return names
}

/** The offset of the closing parenthesis for `open`, or the end of the text. */
function closing(text: (at: number) => string, open: number, end: number): number {
  let depth = 0
  for (let at = open; at < end; at += 1) {
    if (text(at) === '(') depth += 1
    if (text(at) === ')') depth -= 1
    if (depth === 0) return at
  }
  return end
}

function isName(sql: string, token: SqlToken | undefined): boolean {
  if (token?.kind === 'identifier') return true
  return token?.kind === 'word' && !KEYWORD_SET.has(tokenText(sql, token).toUpperCase())
}

/** A name without its quotes. */
export function bareName(text: string): string {
  const quote = text[0]
  if (quote !== '"' && quote !== '`') return text
  return text.slice(1, text.endsWith(quote) && text.length > 1 ? -1 : undefined).replaceAll(quote + quote, quote)
}
