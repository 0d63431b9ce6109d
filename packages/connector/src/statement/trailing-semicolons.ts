import { endOfQuoted, nextPlace, nextSignificant, stopAt, UNCLOSED } from './sql-places.ts'

const SEMICOLON = stopAt(';')

/**
 * The statement without the semicolons that end it: the engine takes none. Comments and space after them stay, since a
 * comment may be meant for the engine's query log. A statement without such semicolons is returned as it is.
 */
export function stripTrailingSemicolons(sql: string): string {
  if (!sql.includes(';')) return sql
  const trailing = trailingSemicolons(sql)
  if (trailing.length === 0) return sql
  let stripped = ''
  let from = 0
  for (const place of trailing) {
    // A space in its place: a hyphen before it and a comment after it must not grow together.
    stripped += `${sql.slice(from, place)} `
    from = place + 1
  }
  return (stripped + sql.slice(from)).trimEnd()
}

/** Where the semicolons stand that nothing but space and comments follows. */
function trailingSemicolons(sql: string): number[] {
  for (let at = nextPlace(sql, 0, SEMICOLON); at < sql.length; ) {
    if (sql[at] !== ';') {
      const end = endOfQuoted(sql, at)
      at = nextPlace(sql, end === UNCLOSED ? sql.length : end, SEMICOLON)
      continue
    }
    const run: number[] = []
    let next = at
    while (sql[next] === ';') {
      run.push(next)
      next = nextSignificant(sql, next + 1)
    }
    if (next === sql.length) return run
    at = nextPlace(sql, next, SEMICOLON)
  }
  return []
}
