import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { type DuckDbStatement, toDuckDb } from '../dialect/to-duckdb.ts'
import { isZoneless } from './zoneless.ts'

export interface PreparedStatement {
  statement: DuckDbStatement
  prepared: DuckDBPreparedStatement
}

/**
 * Translates a statement of the engine's dialect and prepares it.
 * @throws SqlTextError for a statement with something unclosed in it, and what DuckDB throws for one that does not parse or bind
 */
export async function prepareStatement(connection: DuckDBConnection, sql: string): Promise<PreparedStatement> {
  const statement = await withZonelessInstants(connection, toDuckDb(sql))
  return { statement, prepared: await connection.prepare(statement.sql) }
}

/**
 * Columns without a zone hold UTC in the protocol. DuckDB would turn an instant that meets one into the session's local time,
 * so a literal that takes the place of a value without a zone becomes the same instant as a timestamp in UTC. DuckDB finds the
 * type of such a place when a parameter stands there.
 */
async function withZonelessInstants(
  connection: DuckDBConnection,
  statement: DuckDbStatement,
): Promise<DuckDbStatement> {
  if (statement.instants.length === 0) return statement
  const probe = await connection.prepare(replaceInstants(statement, () => '?')).catch(() => undefined)
  // Some statements take no parameters there, and some have parameters of another kind.
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
