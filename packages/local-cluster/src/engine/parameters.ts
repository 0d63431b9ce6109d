import {
  type DuckDBPreparedStatement,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api'
import { RpcError } from '../grpc/rpc-error.ts'
import { engineTypeName } from '../result/engine-types.ts'
import type { Warehouse } from './warehouse.ts'
import type { WriteParameter } from './write-order.ts'
import { isZoneless } from './zoneless.ts'

/** The SQL that converts a parameter's string to the engine's type. BINARY is sent as hexadecimal digits. */
const READ_AS: Readonly<Record<string, string>> = {
  LONG: 'CAST($1 AS BIGINT)',
  INTEGER: 'CAST($1 AS INTEGER)',
  INT: 'CAST($1 AS INTEGER)',
  SHORT: 'CAST($1 AS SMALLINT)',
  BYTE: 'CAST($1 AS TINYINT)',
  DOUBLE: 'CAST($1 AS DOUBLE)',
  FLOAT: 'CAST($1 AS FLOAT)',
  BOOLEAN: 'CAST($1 AS BOOLEAN)',
  BINARY: 'unhex($1)',
  DATE: 'CAST($1 AS DATE)',
  DATETIME: 'CAST($1 AS TIMESTAMP)',
  TIMESTAMP: 'CAST($1 AS TIMESTAMP)',
  TIMESTAMP_TZ: 'CAST($1 AS TIMESTAMPTZ)',
  INTERVAL_DAY_SECOND: 'to_microseconds(CAST($1 AS BIGINT))',
}

/** Types whose string is the value. Converting it by a query would lose a leading byte order mark. */
const TEXTS: ReadonlySet<string> = new Set(['STRING', 'CHAR'])

interface ReadParameter {
  index: number
  value: DuckDBValue
  type: DuckDBType | undefined
}

/**
 * Reads parameters, and returns a function that binds them to a prepared statement.
 * @throws RpcError `invalidArgument` for an unknown type, or a string that is not a value of its type.
 */
export async function bindParameters(
  warehouse: Warehouse,
  params: readonly WriteParameter[],
): Promise<(prepared: DuckDBPreparedStatement) => void> {
  if (params.length === 0) return () => undefined
  // It is unverified whether clients of the hosted engine count from 0 or 1. The smallest index decides.
  const first = Math.min(...params.map(({ index }) => index)) === 0 ? 0 : 1
  const values: ReadParameter[] = []
  const connection = await warehouse.connect()
  try {
    for (const { index, type, value } of params) {
      const name = type.toUpperCase()
      const position = index - first + 1
      if (name === 'NULL') {
        values.push({ index: position, value: null, type: undefined })
        continue
      }
      if (TEXTS.has(name)) {
        values.push({ index: position, value, type: VARCHAR })
        continue
      }
      const sql = name === 'DECIMAL128' ? readDecimalAs(value) : READ_AS[name]
      if (sql === undefined) throw new RpcError('invalidArgument', `parameter ${index} has the unknown type ${type}`)
      const result = await connection.run(`SELECT ${sql}`, [value])
      const [[read = null] = []] = await result.getRows()
      values.push({ index: position, value: read, type: result.columnType(0) })
    }
  } catch (cause) {
    if (cause instanceof RpcError) throw cause
    throw new RpcError('invalidArgument', cause instanceof Error ? cause.message : String(cause), { cause })
  } finally {
    connection.disconnectSync()
  }
  return (prepared) => {
    for (const { index, value, type } of values) {
      // An instant for a type without a zone is converted to UTC, as in such columns of the protocol.
      if (value instanceof DuckDBTimestampTZValue && isZoneless(prepared.parameterTypeId(index)))
        prepared.bindValue(index, new DuckDBTimestampValue(value.micros), TIMESTAMP)
      else prepared.bindValue(index, value, type)
    }
  }
}

function readDecimalAs(text: string): string {
  const scale = Math.min(text.split('.')[1]?.length ?? 0, 38)
  return `CAST($1 AS DECIMAL(38, ${scale}))`
}

/** The parameters of a statement; a type that depends on the value is STRING. */
export function describeParameters(prepared: DuckDBPreparedStatement): WriteParameter[] {
  return Array.from({ length: prepared.parameterCount }, (_, offset) => {
    const index = offset + 1
    const known = prepared.parameterTypeId(index) !== DuckDBTypeId.INVALID
    return { index, type: known ? engineTypeName(prepared.parameterType(index)) : 'STRING', value: '' }
  })
}
