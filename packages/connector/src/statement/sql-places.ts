import { isSpace } from './sql-tokens.ts'

/**
 * Scans through a statement without allocating tokens: quoted parts and comments are skipped, and an ordinary character
 * costs one table lookup. `sqlTokens` defines the tokens.
 */

const ASCII_END = 128
const BACKSLASH = 92
const STAR = 42
const SLASH = 47
const HYPHEN = 45
const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const SINGLE_QUOTE = 39
const QUOTES = '\'"`'
const COMMENT_STARTS = '-/'

/** The return value of `endOfQuoted` for a token that the statement does not close. */
export const UNCLOSED = -1

/** The characters at which a scan stops. */
export type StopTable = Uint8Array

const PASS = 0
const STOP = 1
const QUOTE = 2
const MAYBE_COMMENT = 3

/** @param symbols ASCII characters to stop at; not quotes, hyphens or slashes */
export function stopAt(symbols: string): StopTable {
  const table = new Uint8Array(ASCII_END)
  for (const [characters, mark] of [
    [QUOTES, QUOTE],
    [COMMENT_STARTS, MAYBE_COMMENT],
    [symbols, STOP],
  ] as const) {
    for (const character of characters) table[character.charCodeAt(0)] = mark
  }
  return table
}

/**
 * Returns the next position, starting at `from`, of one of the symbols or of a comment, outside literals and quoted
 * identifiers; the statement's length if there is none. `from` must be outside literals, identifiers and comments.
 */
export function nextPlace(sql: string, from: number, stops: StopTable): number {
  const { length } = sql
  let at = from
  while (at < length) {
    const code = sql.charCodeAt(at)
    const mark = code < ASCII_END ? stops[code] : PASS
    if (mark === PASS) at += 1
    else if (mark === STOP || (mark === MAYBE_COMMENT && isCommentAt(sql, at))) return at
    else if (mark === QUOTE) {
      const end = endOfQuoted(sql, at)
      if (end === UNCLOSED) return length
      at = end
    } else at += 1
  }
  return length
}

/** Returns whether a comment starts at a position: two hyphens, two slashes, or a slash and a star. */
export function isCommentAt(sql: string, at: number): boolean {
  const [code, next] = [sql.charCodeAt(at), sql.charCodeAt(at + 1)]
  return code === HYPHEN ? next === HYPHEN : code === SLASH && (next === SLASH || next === STAR)
}

/**
 * Returns the end of the literal, quoted identifier or comment that starts at `at`; `at` if there is none, and
 * `UNCLOSED` if the statement ends first. A line comment may end with the statement. A doubled quote, which stands for
 * one, counts as an end and a new start.
 */
export function endOfQuoted(sql: string, at: number): number {
  const code = sql.charCodeAt(at)
  if (code === SINGLE_QUOTE) return endOfLiteral(sql, at + 1)
  if (QUOTES.includes(sql[at] ?? ' ')) return endOfIdentifier(sql, at)
  if (!isCommentAt(sql, at)) return at
  return sql.charCodeAt(at + 1) === STAR ? endOfBlockComment(sql, at + 2) : endOfLine(sql, at)
}

/** Returns the first position from `at` that is neither space nor comment; the statement's length if there is none. */
export function nextSignificant(sql: string, from: number): number {
  let at = from
  for (;;) {
    while (at < sql.length && isSpace(sql.charCodeAt(at))) at += 1
    if (!isCommentAt(sql, at)) return at
    const end = endOfQuoted(sql, at)
    if (end === UNCLOSED) return sql.length
    at = end
  }
}

/** An odd number of backslashes escapes the quote, so the literal continues. */
function endOfLiteral(sql: string, from: number): number {
  for (let quote = sql.indexOf("'", from); quote >= 0; quote = sql.indexOf("'", quote + 1)) {
    let first = quote
    while (first > from && sql.charCodeAt(first - 1) === BACKSLASH) first -= 1
    if ((quote - first) % 2 === 0) return quote + 1
  }
  return UNCLOSED
}

function endOfIdentifier(sql: string, start: number): number {
  const end = sql.indexOf(sql[start]!, start + 1)
  return end < 0 ? UNCLOSED : end + 1
}

function endOfBlockComment(sql: string, from: number): number {
  let depth = 1
  for (let at = from; at < sql.length; at++) {
    const code = sql.charCodeAt(at)
    if (code !== SLASH && code !== STAR) continue
    const next = sql.charCodeAt(at + 1)
    if (code === SLASH && next === STAR) depth += 1
    else if (code === STAR && next === SLASH) depth -= 1
    else continue
    at += 1
    if (depth === 0) return at + 1
  }
  return UNCLOSED
}

function endOfLine(sql: string, from: number): number {
  for (let at = from; at < sql.length; at++) {
    const code = sql.charCodeAt(at)
    if (code === LINE_FEED || code === CARRIAGE_RETURN) return at
  }
  return sql.length
}
