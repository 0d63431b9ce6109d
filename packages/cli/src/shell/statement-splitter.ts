import { isSignificant, type SqlToken, sqlTokens } from 'e6data-connector/wire'

/** A text cut at the semicolons that end statements. */
interface Split {
  /** Whole statements, without their semicolons; none is empty. */
  readonly statements: readonly string[]
  /** What comes after the last semicolon. */
  readonly rest: string
  /** The quote or comment that is still open at the end, if one is. */
  readonly open: 'literal' | 'identifier' | 'comment' | undefined
}

/** Cuts a text into statements. A semicolon within a literal, a name or a comment ends nothing. */
export function splitAtSemicolons(text: string): Split {
  const statements: string[] = []
  let from = 0
  let meaning = false
  let last: SqlToken | undefined
  for (const token of sqlTokens(text)) {
    last = token
    if (token.kind === 'symbol' && text[token.start] === ';') {
      if (meaning) statements.push(text.slice(from, token.start).trim())
      from = token.end
      meaning = false
    } else if (isSignificant(token)) meaning = true
  }
  return { statements, rest: text.slice(from), open: openKind(last) }
}

/** All statements of a text; the last one needs no semicolon. */
export function splitStatements(text: string): string[] {
  const { statements, rest } = splitAtSemicolons(text)
  return hasMeaning(rest) ? [...statements, rest.trim()] : [...statements]
}

/** Whether there is more in it than spaces and comments. */
export function hasMeaning(text: string): boolean {
  for (const token of sqlTokens(text)) if (isSignificant(token)) return true
  return false
}

function openKind(token: SqlToken | undefined): Split['open'] {
  if (token === undefined || token.closed) return undefined
  const { kind } = token
  return kind === 'literal' || kind === 'identifier' || kind === 'comment' ? kind : undefined
}
