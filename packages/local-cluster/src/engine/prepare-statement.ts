import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { type DuckDbStatement, toDuckDb } from '../dialect/to-duckdb.ts'
import { isZoneless } from './zoneless.ts'

export interface PreparedStatement {
  statement: DuckDbStatement
  prepared: DuckDBPreparedStatement
}

/**
 * Translates a statement of the engine's dialect and prepares it.
 * @throws SqlTextError for an unclosed token, and DuckDB's error for a statement that does not parse or bind
 */
export async function prepareStatement(connection: DuckDBConnection, sql: string): Promise<PreparedStatement> {
  const statement = await withZonelessInstants(connection, toDuckDb(sql))
  return { statement, prepared: await connection.prepare(statement.sql) }
}

/**
 * Columns without a zone hold UTC in the protocol. DuckDB would convert an instant to the session's local time there,
 * so a literal in the place of a value without a zone becomes a timestamp in UTC. A parameter in its place lets DuckDB
 * report the type.
 */
async function withZonelessInstants(
  connection: DuckDBConnection,
  statement: DuckDbStatement,
): Promise<DuckDbStatement> {
  if (statement.instants.length === 0) return statement
  const probe = await connection.prepare(replaceInstants(statement, () => '?')).catch(() => undefined)
  // Some statements accept no parameter there, and some have other parameters.
  if (probe === undefined) return statement
  const sql = replaceInstants(statement, ({ text, asParameter }, written) =>
    isZoneless(probe.parameterTypeId(asParameter)) ? `TIMESTAMP ${text}` : written,
  )
  return { ...statement, sql }
}

type Instants = Pick<DuckDbStatement, 'sql' | 'instants'>

function replaceInstants(
  { sql, instants }: Instants,
  replacement: (instant: Instants['instants'][number], written: string) => string,
): string {
  let replaced = ''
  let from = 0
  for (const instant of instants) {
    replaced += sql.slice(from, instant.start) + replacement(instant, sql.slice(instant.start, instant.end))
    from = instant.end
  }
  return replaced + sql.slice(from)
}
