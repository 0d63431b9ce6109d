import type { NameScope } from 'e6data-connector'
import { isSignificant, sqlTokens, tokenText } from 'e6data-connector/wire'
import { CommandError } from '../command-error.ts'

/**
 * The parts of a name: `a.b`, `"a.b".c`.
 * @throws CommandError for an invalid name
 */
export function nameParts(name: string): string[] {
  const parts: string[] = []
  let expected: 'part' | 'dot' = 'part'
  for (const token of sqlTokens(name)) {
    if (!isSignificant(token)) continue
    const text = tokenText(name, token)
    const isDot = token.kind === 'symbol' && text === '.'
    const isPart = token.kind === 'word' || token.kind === 'number' || (token.kind === 'identifier' && token.closed)
    if (expected === 'dot' ? !isDot : !isPart) throw notAName(name)
    if (isPart) parts.push(token.kind === 'identifier' ? unquoted(text) : text)
    expected = expected === 'part' ? 'dot' : 'part'
  }
  if (expected === 'part') throw notAName(name)
  return parts
}

/** `SCHEMA` or `CATALOG.SCHEMA`. */
export function schemaScope(name: string | undefined): NameScope {
  if (name === undefined) return {}
  const parts = nameParts(name)
  if (parts.length > 2)
    throw new CommandError(`${JSON.stringify(name)} has too many parts: a schema is SCHEMA or CATALOG.SCHEMA`)
  const [database, catalog] = parts.reverse()
  return { ...(database ? { database } : {}), ...(catalog ? { catalog } : {}) }
}

/** `TABLE`, `SCHEMA.TABLE` or `CATALOG.SCHEMA.TABLE`. */
export function tableScope(name: string): { table: string } & NameScope {
  const parts = nameParts(name)
  if (parts.length > 3)
    throw new CommandError(
      `${JSON.stringify(name)} has too many parts: a table is TABLE, SCHEMA.TABLE or CATALOG.SCHEMA.TABLE`,
    )
  const [table, database, catalog] = parts.reverse()
  return { table: table!, ...(database ? { database } : {}), ...(catalog ? { catalog } : {}) }
}

/** Writes a name for a statement, in quotes if it must be quoted. */
export function quotedName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

function unquoted(text: string): string {
  const quote = text[0]!
  return text.slice(1, -1).replaceAll(quote + quote, quote)
}

function notAName(name: string): CommandError {
  return new CommandError(
    `${JSON.stringify(name)} is not a valid name: put a name with other characters than letters and digits in double quotes`,
  )
}
