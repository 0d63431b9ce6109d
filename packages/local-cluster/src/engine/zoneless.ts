import { DuckDBTypeId } from '@duckdb/node-api'

const ZONELESS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
])

/** Whether values of a type are dates or times without a zone, which the protocol sends in UTC. */
export function isZoneless(type: DuckDBTypeId): boolean {
  return ZONELESS.has(type)
}
