/** A token of a statement. The tokens joined are the statement. */
export type SqlToken =
  /** A string literal of the engine's dialect; `value` has its backslash escapes resolved. */
  | { kind: 'string'; text: string; value: string }
  /** A keyword or an identifier without quotes. */
  | { kind: 'word'; text: string }
  /** `"quoted"` identifiers, `$$dollar quoted$$` text, numbers and single characters, all copied as they are. */
  | { kind: 'verbatim'; text: string }
  | { kind: 'comment' | 'space'; text: string }
  | { kind: 'semicolon'; text: string }

/** Thrown for a statement with an unclosed token. */
export class SqlTextError extends Error {
  constructor(
    message: string,
    /** Offset of the unclosed token, in UTF-16 units from 0. */
    readonly position: number,
  ) {
    super(message)
    this.name = 'SqlTextError'
  }
}

/** Backslash escapes of string literals. A backslash before any other character is dropped. */
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '0': '\0' }

const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*/y
const NUMBER = /[0-9][0-9A-Za-z_.]*/y
const SPACE = /\s+/y
/** `//` as in the dialect of e6data's SQL transpiler; unverified against the hosted engine. */
const LINE_COMMENT = /(?:--|\/\/)[^\n]*/y
const DOLLAR_TAG = /\$([A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y

/**
 * Splits a statement of the engine's dialect into tokens.
 * @throws SqlTextError when a literal, a quoted identifier, a comment or dollar-quoted text is not closed.
 */
export function* sqlTokens(sql: string): Generator<SqlToken> {
  let position = 0
  while (position < sql.length) {
    const token = tokenAt(sql, position)
    position += token.text.length
    yield token
  }
}

function tokenAt(sql: string, position: number): SqlToken {
  const character = sql[position]!
  const next = sql[position + 1]
  if (character === "'") return stringLiteral(sql, position)
  if (character === '"') return { kind: 'verbatim', text: quotedIdentifier(sql, position) }
  if (character === ';') return { kind: 'semicolon', text: ';' }
  if (character === '/' && next === '*') return { kind: 'comment', text: blockComment(sql, position) }
  const comment = matchAt(LINE_COMMENT, sql, position)
  if (comment !== undefined) return { kind: 'comment', text: comment }
  const space = matchAt(SPACE, sql, position)
  if (space !== undefined) return { kind: 'space', text: space }
  const word = matchAt(WORD, sql, position)
  if (word !== undefined) return { kind: 'word', text: word }
  const tag = matchAt(DOLLAR_TAG, sql, position)
  if (tag !== undefined) return { kind: 'verbatim', text: dollarQuoted(sql, position, tag) }
  return { kind: 'verbatim', text: matchAt(NUMBER, sql, position) ?? character }
}

function matchAt(pattern: RegExp, sql: string, position: number): string | undefined {
  pattern.lastIndex = position
  return pattern.exec(sql)?.[0]
}

function stringLiteral(sql: string, start: number): SqlToken {
  let value = ''
  let position = start + 1
  while (position < sql.length) {
    const character = sql[position]!
    if (character === '\\' && position + 1 < sql.length) {
      const escaped = sql[position + 1]!
      value += ESCAPES[escaped] ?? escaped
      position += 2
    } else if (character === "'") {
      // Two quotes in a row are one quote, as in standard SQL; the engine's clients send \' instead.
      if (sql[position + 1] !== "'") return { kind: 'string', text: sql.slice(start, position + 1), value }
      value += "'"
      position += 2
    } else {
      value += character
      position += 1
    }
  }
  throw new SqlTextError('a string literal is not closed', start)
}

function quotedIdentifier(sql: string, start: number): string {
  let end = sql.indexOf('"', start + 1)
  while (end !== -1 && sql[end + 1] === '"') end = sql.indexOf('"', end + 2)
  if (end === -1) throw new SqlTextError('a quoted identifier is not closed', start)
  return sql.slice(start, end + 1)
}

function dollarQuoted(sql: string, start: number, tag: string): string {
  const end = sql.indexOf(tag, start + tag.length)
  if (end === -1) throw new SqlTextError(`text quoted with ${tag} is not closed`, start)
  return sql.slice(start, end + tag.length)
}

function blockComment(sql: string, start: number): string {
  let depth = 0
  let position = start
  while (position < sql.length) {
    const pair = sql.slice(position, position + 2)
    if (pair === '/*') depth += 1
    if (pair === '*/') depth -= 1
    position += pair === '/*' || pair === '*/' ? 2 : 1
    if (depth === 0) return sql.slice(start, position)
  }
  throw new SqlTextError('a comment is not closed', start)
}
