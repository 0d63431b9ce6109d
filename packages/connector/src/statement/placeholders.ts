import { ParameterError } from '../errors.ts'
import { isSymbol, type SqlToken, sqlTokens, tokenText } from './sql-tokens.ts'

/** A place in a statement that a value takes: the text of the placeholder is from `start` to before `end`. */
export interface Placeholder<Key> {
  readonly key: Key
  readonly start: number
  readonly end: number
}

export interface NamedPlaceholders {
  readonly placeholders: readonly Placeholder<string>[]
  /** Where `%%` stands for a single percent sign: the first place of each. */
  readonly escapedPercents: readonly number[]
}

/**
 * Every `?` outside literals, identifiers and comments. The key counts from 0.
 */
export function positionalPlaceholders(sql: string): Placeholder<number>[] {
  const found: Placeholder<number>[] = []
  for (const token of sqlTokens(sql)) {
    if (isSymbol(sql, token, '?')) found.push({ key: found.length, start: token.start, end: token.end })
  }
  return found
}

/**
 * Every `:name` and `%(name)s` outside literals, identifiers and comments.
 *
 * A colon that directly follows a name, a number, a literal, a closing bracket or another colon is something else: a
 * cast (`a::int`), a slice (`a[1:n]`), a path (`payload:field`).
 * @throws ParameterError when the statement also holds a `?`
 */
export function namedPlaceholders(sql: string): NamedPlaceholders {
  const tokens = [...sqlTokens(sql)]
  const placeholders: Placeholder<string>[] = []
  const escapedPercents: number[] = []
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!
    if (token.kind !== 'symbol') continue
    const symbol = sql[token.start]
    if (symbol === '?') {
      throw new ParameterError(
        `the ? at character ${token.start + 1} needs an array of parameters, but an object was given`,
      )
    }
    if (symbol === ':' && isName(tokens[at + 1]) && !isOperandEnd(sql, tokens[at - 1])) {
      const name = tokens[at + 1]!
      placeholders.push({ key: tokenText(sql, name), start: token.start, end: name.end })
      at += 1
    } else if (symbol === '%' && isSymbol(sql, tokens[at + 1], '%')) {
      escapedPercents.push(token.start)
      at += 1
    } else if (symbol === '%' && isPyformat(sql, tokens, at)) {
      placeholders.push({ key: tokenText(sql, tokens[at + 2]!), start: token.start, end: tokens[at + 4]!.end })
      at += 4
    }
  }
  return { placeholders, escapedPercents }
}

function isName(token: SqlToken | undefined): boolean {
  return token?.kind === 'word'
}

/** Whether a colon right after this token belongs to it. */
function isOperandEnd(sql: string, token: SqlToken | undefined): boolean {
  if (token === undefined || token.kind === 'space' || token.kind === 'comment') return false
  return token.kind !== 'symbol' || ':)]'.includes(sql[token.start]!)
}

/** `%`, `(`, a name, `)`, `s`, without gaps: tokens never leave any. */
function isPyformat(sql: string, tokens: readonly SqlToken[], at: number): boolean {
  const [open, name, close, conversion] = [tokens[at + 1], tokens[at + 2], tokens[at + 3], tokens[at + 4]]
  return (
    isSymbol(sql, open, '(') &&
    (isName(name) || name?.kind === 'number') &&
    isSymbol(sql, close, ')') &&
    conversion !== undefined &&
    tokenText(sql, conversion) === 's'
  )
}
