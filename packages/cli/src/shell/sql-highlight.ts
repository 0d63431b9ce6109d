import { type SqlToken, sqlTokens, tokenText } from 'e6data-connector/wire'
import type { Style } from '../style.ts'
import { FUNCTIONS, KEYWORD_SET } from './sql-words.ts'

const FUNCTION_SET: ReadonlySet<string> = new Set(FUNCTIONS)

type Paint = (text: string) => string

/**
 * Highlights the last line of a statement; the earlier lines determine whether it starts within a string or a comment.
 * Colors do not change its width.
 */
export function highlighted(before: string, line: string, style: Pick<Style, 'key' | 'good' | 'warn' | 'dim'>): string {
  const sql = before + line
  let painted = ''
  for (const token of sqlTokens(sql)) {
    if (token.end <= before.length) continue
    const text = sql.slice(Math.max(token.start, before.length), token.end)
    painted += paintOf(sql, token, style)(text)
  }
  return painted
}

function paintOf(
  sql: string,
  token: SqlToken,
  { key, good, warn, dim }: Pick<Style, 'key' | 'good' | 'warn' | 'dim'>,
): Paint {
  switch (token.kind) {
    case 'literal':
      return good
    case 'number':
      return warn
    case 'comment':
      return dim
    case 'word': {
      const word = tokenText(sql, token)
      return KEYWORD_SET.has(word.toUpperCase()) || FUNCTION_SET.has(word.toLowerCase()) ? key : plain
    }
    case 'space':
    case 'identifier':
    case 'symbol':
      return plain
    default:
      return token.kind satisfies never
  }
}

const plain: Paint = (text) => text
