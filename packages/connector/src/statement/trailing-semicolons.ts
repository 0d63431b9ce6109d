import { endOfQuoted, nextPlace, nextSignificant, stopAt, UNCLOSED } from './sql-places.ts'

const SEMICOLON = stopAt(';')

/**
 * Removes the semicolons at the end of a statement, which the engine does not accept. Comments and space after them
 * stay, because a comment may be meant for the engine's query log. A statement without such semicolons is returned
 * unchanged.
 */
export function stripTrailingSemicolons(sql: string): string {
  if (!sql.includes(';')) return sql
  const trailing = trailingSemicolons(sql)
  if (trailing.length === 0) return sql
  let stripped = ''
  let from = 0
  for (const place of trailing) {
    // A space replaces it, so that a hyphen before it and a comment after it do not merge.
    stripped += `${sql.slice(from, place)} `
    from = place + 1
  }
  return (stripped + sql.slice(from)).trimEnd()
}

/** The positions of semicolons followed only by space and comments. */
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
