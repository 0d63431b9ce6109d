import { isSignificant, sqlTokens, tokenText } from 'e6data-connector/wire'

/** A statement that begins with one of these reads, unless a writing word is in it. */
const READING_WORDS: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN'])

/** Words that change something inside a statement that begins as one that reads. */
const WRITING_WORDS: ReadonlySet<string> = new Set(
  'INSERT UPDATE DELETE MERGE UPSERT INTO CREATE ALTER DROP TRUNCATE CALL NEXT NEXTVAL SETVAL'.split(' '),
)

/**
 * Whether running a statement changes nothing, by the connector's own reading of SQL text. Conservative: a statement that
 * is not understood counts as writing, as do several statements.
 */
export function readsOnly(sql: string): boolean {
  const words: string[] = []
  let ended = false
  for (const token of sqlTokens(sql)) {
    if (!token.closed) return false
    if (!isSignificant(token)) continue
    const text = tokenText(sql, token)
    // The engine may read a $-quoted string otherwise than this dialect does.
    if (ended || text.startsWith('$')) return false
    if (text === ';') ended = true
    else if (text !== '(' || words.length > 0) words.push(token.kind === 'word' ? text.toUpperCase() : '')
  }
  return READING_WORDS.has(words[0] ?? '') && !words.some((word) => WRITING_WORDS.has(word))
}
