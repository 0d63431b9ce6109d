/**
 * The kinds of tokens in a statement.
 * - `literal`: a string in single quotes. A backslash escapes any character, and two quotes stand for one.
 * - `identifier`: a name in double quotes or backticks, in which two of the quotes stand for one.
 * - `comment`: from two hyphens or two slashes to the end of the line (slashes are unverified against the hosted
 * engine), or between slash-star and star-slash, which may be nested.
 * - `word`: a keyword, an unquoted name, or the characters directly after a number.
 * - `symbol`: any other single UTF-16 unit.
 */
export type SqlTokenKind = 'space' | 'comment' | 'literal' | 'identifier' | 'word' | 'number' | 'symbol'

/** A token by its position in the statement. Tokens have no gaps and cover the whole statement. */
export interface SqlToken {
  readonly kind: SqlTokenKind
  readonly start: number
  /** The first position after the token. */
  readonly end: number
  /** False when the statement ends before the closing quote, or before the end of a slash-star comment. */
  readonly closed: boolean
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const DOT = 46
const ASCII_END = 128
const ASCII_SPACE = asciiCharacters(/\s/)
/** Byte tables, because every character of a long statement is looked up. */
const ASCII_WORD = asciiCharacters(/[A-Za-z0-9_$]/)
const UNICODE_SPACE = /\s/

/**
 * Splits a statement in the engine's dialect (`docs/protocol.md`, SQL text) into tokens, in linear time. Accepts any
 * string; an unclosed token extends to the end and has `closed: false`.
 */
export function* sqlTokens(sql: string): Generator<SqlToken, void, undefined> {
  let start = 0
  while (start < sql.length) {
    const token = tokenAt(sql, start)
    yield token
    start = token.end
  }
}

/** The source text of a token. */
export function tokenText(sql: string, token: SqlToken): string {
  return sql.slice(token.start, token.end)
}

/** Returns whether a token has meaning, unlike space and comments. */
export function isSignificant(token: SqlToken): boolean {
  return token.kind !== 'space' && token.kind !== 'comment'
}

export function isSymbol(sql: string, token: SqlToken | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && sql[token.start] === symbol
}

function tokenAt(sql: string, start: number): SqlToken {
  switch (sql[start]) {
    case "'":
      return literalAt(sql, start)
    case '"':
      return identifierAt(sql, start, '"')
    case '`':
      return identifierAt(sql, start, '`')
    case '-':
      return sql[start + 1] === '-' ? token('comment', start, endOfLine(sql, start)) : token('symbol', start, start + 1)
    case '/':
      if (sql[start + 1] === '/') return token('comment', start, endOfLine(sql, start))
      return sql[start + 1] === '*' ? blockCommentAt(sql, start) : token('symbol', start, start + 1)
    default:
      return plainTokenAt(sql, start)
  }
}

function plainTokenAt(sql: string, start: number): SqlToken {
  const code = sql.charCodeAt(start)
  if (isSpace(code)) return token('space', start, endWhile(sql, start, isSpace))
  if (isDigit(code)) return token('number', start, endOfNumber(sql, start))
  if (isWordPart(code)) return token('word', start, endOfWord(sql, start))
  return token('symbol', start, start + 1)
}

function token(kind: SqlTokenKind, start: number, end: number, closed = true): SqlToken {
  return { kind, start, end, closed }
}

function literalAt(sql: string, start: number): SqlToken {
  let at = start + 1
  while (at < sql.length) {
    if (sql[at] === '\\') at += 2
    else if (sql[at] !== "'") at += 1
    else if (sql[at + 1] === "'") at += 2
    else return token('literal', start, at + 1)
  }
  return token('literal', start, sql.length, false)
}

function identifierAt(sql: string, start: number, quote: string): SqlToken {
  let at = start + 1
  while (at < sql.length) {
    if (sql[at] !== quote) at += 1
    else if (sql[at + 1] === quote) at += 2
    else return token('identifier', start, at + 1)
  }
  return token('identifier', start, sql.length, false)
}

function blockCommentAt(sql: string, start: number): SqlToken {
  let depth = 1
  let at = start + 2
  while (at < sql.length) {
    if (sql[at] === '/' && sql[at + 1] === '*') {
      depth += 1
      at += 2
    } else if (sql[at] === '*' && sql[at + 1] === '/') {
      depth -= 1
      at += 2
      if (depth === 0) return token('comment', start, at)
    } else {
      at += 1
    }
  }
  return token('comment', start, sql.length, false)
}

export function endOfWord(sql: string, start: number): number {
  return endWhile(sql, start, isWordPart)
}

/** Digits, letters and dots, and the sign of an exponent: `1`, `1.5e-3`, `0xFF`, `10L`. */
export function endOfNumber(sql: string, start: number): number {
  const end = endWhile(sql, start, isNumberPart)
  const isExponent = /[eE]/.test(sql[end - 1]!) && /[+-]/.test(sql[end] ?? '') && isDigit(sql.charCodeAt(end + 1))
  return isExponent ? endWhile(sql, end + 1, isDigit) : end
}

function endOfLine(sql: string, start: number): number {
  return endWhile(sql, start, (code) => code !== LINE_FEED && code !== CARRIAGE_RETURN)
}

function endWhile(sql: string, start: number, belongs: (code: number) => boolean): number {
  let at = start
  while (at < sql.length && belongs(sql.charCodeAt(at))) at += 1
  return at
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

export function isSpace(code: number): boolean {
  return code < ASCII_END ? ASCII_SPACE[code] === 1 : UNICODE_SPACE.test(String.fromCharCode(code))
}

/**
 * Returns whether a character can be part of a name. Beyond ASCII all but spaces can; the end of the string (`NaN`)
 * cannot.
 */
export function isWordPart(code: number): boolean {
  if (code < ASCII_END) return ASCII_WORD[code] === 1
  return !Number.isNaN(code) && !isSpace(code)
}

function isNumberPart(code: number): boolean {
  return isWordPart(code) || code === DOT
}

function asciiCharacters(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: ASCII_END }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0))
}
