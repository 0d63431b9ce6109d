import { isSignificant, isSymbol, type SqlToken, sqlTokens, stripTrailingSemicolons, tokenText } from './sql-tokens.ts'

/** Statements that only read, provided that none of `WRITING_WORDS` is in them. */
const READING_WORDS: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES'])

/** Statements that only tell about the catalog. */
const DESCRIBING_WORDS: ReadonlySet<string> = new Set(['SHOW', 'DESCRIBE', 'DESC'])

/**
 * Words that make something change within a statement which begins as one that reads: a WITH before an INSERT, SELECT …
 * INTO, a row lock, a sequence that is drawn from. As a name of a column they are a false alarm, which costs a restart
 * that could have been, and nothing else.
 */
const WRITING_WORDS: ReadonlySet<string> = new Set([
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'UPSERT',
  'INTO',
  'NEXTVAL',
  'SETVAL',
])

/** First words by which statements are told apart in traces and measurements; there are few of them. */
const FIRST_WORDS: ReadonlySet<string> = new Set([
  ...READING_WORDS,
  ...DESCRIBING_WORDS,
  'EXPLAIN',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'CREATE',
  'ALTER',
  'DROP',
  'TRUNCATE',
  'ANALYZE',
  'REFRESH',
  'CALL',
  'SET',
  'USE',
])

/** What may stand between EXPLAIN and the statement it explains. */
const EXPLAIN_MODIFIERS: ReadonlySet<string> = new Set([
  'ANALYZE',
  'ANALYSE',
  'VERBOSE',
  'EXTENDED',
  'FORMATTED',
  'CODEGEN',
  'COST',
  'PLAN',
  'FOR',
])

/**
 * Whether running a statement a second time can change nothing that running it once has not. Only such a statement is
 * run again by itself after it was cut off. What is not understood does not count as reading, nor do several statements.
 */
export function readsOnly(sql: string): boolean {
  const statement = stripTrailingSemicolons(sql)
  const words: string[] = []
  for (const token of sqlTokens(statement)) {
    // What is not closed may be read otherwise by the engine, and so may a $-quoted text, which this dialect lacks.
    if (!token.closed || isSymbol(statement, token, ';')) return false
    const word = wordOf(statement, token)
    if (word.includes('$')) return false
    if (isSignificant(token)) words.push(word)
  }
  return readsByWords(words)
}

/** The statement's first keyword, in upper case; `OTHER` for one that is not known. */
export function firstKeyword(sql: string): string {
  for (const token of sqlTokens(sql)) {
    if (!isSignificant(token) || isSymbol(sql, token, '(')) continue
    const word = wordOf(sql, token)
    return FIRST_WORDS.has(word) ? word : 'OTHER'
  }
  return 'OTHER'
}

function readsByWords(words: readonly string[]): boolean {
  const first = words.findIndex((word) => word !== '(')
  const keyword = words[first] ?? ''
  if (DESCRIBING_WORDS.has(keyword)) return first === 0
  if (keyword === 'EXPLAIN') return first === 0 && explainReads(words.slice(1))
  return READING_WORDS.has(keyword) && !words.some((word, at) => writes(word, words[at + 1]))
}

function writes(word: string, next: string | undefined): boolean {
  return WRITING_WORDS.has(word) || (word === 'NEXT' && next === 'VALUE')
}

/** A plain EXPLAIN runs nothing; EXPLAIN ANALYZE runs what it explains. */
function explainReads(words: readonly string[]): boolean {
  const statement = words.slice(endOfModifiers(words))
  const runsIt = words.includes('ANALYZE') || words.includes('ANALYSE')
  return statement.length > 0 && (!runsIt || readsByWords(statement))
}

/** Passes over `ANALYZE VERBOSE` and over options in parentheses, but not over a statement in parentheses. */
function endOfModifiers(words: readonly string[]): number {
  let at = 0
  while (at < words.length) {
    if (EXPLAIN_MODIFIERS.has(words[at]!)) at += 1
    else if (words[at] === '(' && words[at + 1] !== '(' && !READING_WORDS.has(words[at + 1] ?? '')) {
      const close = words.indexOf(')', at)
      if (close === -1) return at
      at = close + 1
    } else break
  }
  return at
}

/** Keywords in upper case; symbols as they are; all else, which can't be a keyword, as the name of its kind. */
function wordOf(sql: string, token: SqlToken): string {
  if (token.kind === 'word') return tokenText(sql, token).toUpperCase()
  return token.kind === 'symbol' ? tokenText(sql, token) : `<${token.kind}>`
}
