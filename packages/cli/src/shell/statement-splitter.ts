import { isSignificant, type SqlToken, sqlTokens } from 'e6data-connector/wire'

/** A script, split at the semicolons that end statements. */
interface Split {
  /** Complete statements without their semicolons; none is empty. */
  readonly statements: readonly string[]
  /** The text after the last semicolon. */
  readonly rest: string
  /** The quote or comment that is open at the end, if any. */
  readonly open: 'literal' | 'identifier' | 'comment' | undefined
}

/** Splits a script into statements. Semicolons within literals, names and comments do not count. */
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

/** All statements of a script; the last one needs no semicolon. */
export function splitStatements(text: string): string[] {
  const { statements, rest } = splitAtSemicolons(text)
  return hasMeaning(rest) ? [...statements, rest.trim()] : [...statements]
}

/** Whether it has more than spaces and comments. */
export function hasMeaning(text: string): boolean {
  for (const token of sqlTokens(text)) if (isSignificant(token)) return true
  return false
}

function openKind(token: SqlToken | undefined): Split['open'] {
  if (token === undefined || token.closed) return undefined
  const { kind } = token
  return kind === 'literal' || kind === 'identifier' || kind === 'comment' ? kind : undefined
}
