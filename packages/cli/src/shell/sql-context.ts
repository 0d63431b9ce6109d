import { isSignificant, type SqlToken, sqlTokens, tokenText } from 'e6data-connector/wire'
import { COLUMN_WORDS, KEYWORD_SET, TABLE_WORDS } from './sql-words.ts'
import { bareName } from './with-tables.ts'

/** A table in a statement, and its alias. */
export interface NamedTable {
  /** The parts of its name, such as `['hive', 'sales', 'orders']`. */
  readonly path: readonly string[]
  readonly alias: string | undefined
}

/** The context at the end of an unfinished statement. */
export interface SqlContext {
  /** The parts of a name before its last dot. */
  readonly path: readonly string[]
  /** The typed part of the word to complete. */
  readonly prefix: string
  /** The expected kind of name; nothing within a string or a comment. */
  readonly expects: 'table' | 'column' | 'nothing'
  readonly tables: readonly NamedTable[]
}

/** Analyzes the text before the cursor; `rest` is the text after it, which may name tables. */
export function sqlContext(typed: string, rest = ''): SqlContext {
  const tokens = [...sqlTokens(typed)].filter((token) => token.kind !== 'space')
  const last = tokens.at(-1)
  if (last !== undefined && isInText(typed, last)) return { path: [], prefix: '', expects: 'nothing', tables: [] }
  const significant = tokens.filter(isSignificant)
  const typedWord = last !== undefined && last.end === typed.length && isNamePart(last) ? last : undefined
  const prefix = typedWord ? tokenText(typed, typedWord) : ''
  const before = typedWord ? significant.slice(0, -1) : significant
  const { path, from } = dottedPath(typed, before)
  // The name that is being typed is not a table yet.
  const typedName = significant[from]
  const named = namedTables(typed.slice(0, typedName?.start) + rest)
  return { path, prefix, expects: expectedAfter(typed, before.slice(0, from)), tables: named }
}

/** Whether the cursor is within a string or a comment. A comment of two hyphens extends to the end of its line. */
function isInText(typed: string, last: SqlToken): boolean {
  if (last.kind === 'comment' && typed.startsWith('--', last.start)) return last.end === typed.length
  return (last.kind === 'literal' || last.kind === 'comment') && !last.closed
}

/** Tables after FROM, JOIN, INTO and UPDATE, with their aliases. */
export function namedTables(sql: string): NamedTable[] {
  const tokens = [...sqlTokens(sql)].filter(isSignificant)
  const tables: NamedTable[] = []
  let inList = false
  for (let at = 0; at < tokens.length; at += 1) {
    const word = tokenText(sql, tokens[at]!).toUpperCase()
    if (TABLE_WORDS.has(word)) inList = true
    else if (!(inList && word === ',')) {
      if (KEYWORD_SET.has(word) || word === '(' || word === ')') inList = false
      continue
    }
    const table = tableAt(sql, tokens, at + 1)
    if (table) tables.push(table.named)
    at = table ? table.end : at
  }
  return tables
}

function tableAt(
  sql: string,
  tokens: readonly SqlToken[],
  start: number,
): { named: NamedTable; end: number } | undefined {
  const path: string[] = []
  let at = start
  for (let token = tokens[at]; token && isNamePart(token) && !isKeyword(sql, token); token = tokens[at]) {
    path.push(bareName(tokenText(sql, token)))
    if (!isDot(sql, tokens[at + 1])) break
    at += 2
  }
  if (path.length === 0) return undefined
  const next = tokens[at + 1]
  const hasAs = next !== undefined && tokenText(sql, next).toUpperCase() === 'AS'
  const aliasToken = tokens[at + (hasAs ? 2 : 1)]
  const hasAlias = aliasToken !== undefined && isNamePart(aliasToken) && !isKeyword(sql, aliasToken)
  const alias = hasAlias ? bareName(tokenText(sql, aliasToken)) : undefined
  return { named: { path, alias }, end: at + (hasAs ? 1 : 0) + (hasAlias ? 1 : 0) }
}

/** The qualifier before the typed word, and the number of tokens before it. */
function dottedPath(sql: string, tokens: readonly SqlToken[]): { path: string[]; from: number } {
  const path: string[] = []
  let from = tokens.length
  while (from >= 2 && isDot(sql, tokens[from - 1]) && isNamePart(tokens[from - 2]!)) {
    path.unshift(bareName(tokenText(sql, tokens[from - 2]!)))
    from -= 2
  }
  return { path, from }
}

/** The last keyword that starts a clause determines the expected names; a comma continues it. */
function expectedAfter(sql: string, tokens: readonly SqlToken[]): 'table' | 'column' {
  const previous = tokens.at(-1)
  for (let at = tokens.length - 1; at >= 0; at -= 1) {
    const word = tokenText(sql, tokens[at]!).toUpperCase()
    if (COLUMN_WORDS.has(word)) return 'column'
    if (TABLE_WORDS.has(word)) {
      // A table's name is followed by an alias or a keyword, not by another table.
      return tokens[at] === previous || (previous && tokenText(sql, previous) === ',') ? 'table' : 'column'
    }
  }
  return 'column'
}

function isNamePart(token: SqlToken): boolean {
  return token.kind === 'word' || token.kind === 'identifier'
}

function isKeyword(sql: string, token: SqlToken): boolean {
  return token.kind === 'word' && KEYWORD_SET.has(tokenText(sql, token).toUpperCase())
}

function isDot(sql: string, token: SqlToken | undefined): boolean {
  return token?.kind === 'symbol' && sql[token.start] === '.'
}
