/**
 * A result as an Arrow stream, into a DuckDB of one's own: run the heavy query on the cluster once, then slice its result
 * locally as often as you like. What passes between the two is Arrow's IPC format, batch by batch and never whole in
 * memory; any other reader of it would do as well.
 */
import assert from 'node:assert/strict'
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api'
import { DataType, RecordBatchReader, type Vector } from 'apache-arrow'
import { connect } from 'e6data-connector'

/** DuckDB takes so many rows at once. */
const ROWS_AT_ONCE = 2048

await using connection = await connect()
const local = await (await DuckDBInstance.create(':memory:')).connect()

const sql = 'SELECT order_id, region, amount, discount, express, ordered_on, ordered_at, receipt FROM orders'
const rows = await load(connection.stream(sql).arrowIpc(), 'orders')
console.log(`${rows} rows are here`)

// The same question to both: the local copy answers as the cluster does.
const summary = `SELECT region, count(*) AS orders, sum(amount) AS amount, count(discount) AS discounted, max(ordered_on) AS last,
                 count(DISTINCT ordered_at) AS moments, count(receipt) AS receipts,
                 sum(CASE WHEN express THEN 1 ELSE 0 END) AS express FROM orders GROUP BY region ORDER BY region`
const here = await local.runAndReadAll(summary)
const there = await connection.query(summary, { rowShape: 'array' })
console.table(here.getRowObjectsJson())
assert.deepEqual(
  here.getRows().map((row) => row.map(String)),
  there.rows.map((row) => row.map(String)),
)

/** Reads an Arrow stream into a new table. Returns how many rows it had. */
async function load(ipc: AsyncIterable<Uint8Array>, table: string): Promise<number> {
  const reader = await RecordBatchReader.from(ipc)
  await reader.open()
  const columns = reader.schema.fields.map(({ name, type }) => ({ name, ...loaderOf(type) }))
  await local.run(`CREATE TABLE ${table} (${columns.map(({ name, type }) => `"${name}" ${type}`).join(', ')})`)
  const appender = await local.createAppender(table)
  const types = columns.map(({ type }) => type)
  let rows = 0
  for await (const batch of reader) {
    for (let from = 0; from < batch.numRows; from += ROWS_AT_ONCE) {
      const chunk = DuckDBDataChunk.create(types, Math.min(ROWS_AT_ONCE, batch.numRows - from))
      columns.forEach(({ value }, index) => {
        const column = batch.getChildAt(index)!
        const values = Array.from({ length: chunk.rowCount }, (_, row) =>
          column.isValid(from + row) ? value(column, from + row) : null,
        )
        chunk.setColumnValues(index, values)
      })
      appender.appendDataChunk(chunk)
    }
    rows += batch.numRows
  }
  appender.closeSync()
  return rows
}

interface Loader {
  type: DuckDBType
  value: (column: Vector, row: number) => DuckDBValue
}

/** What each of Arrow's types becomes in DuckDB. Arrow's own `get` would cut dates and times to milliseconds. */
function loaderOf(type: DataType): Loader {
  const asIs: Loader['value'] = (column, row) => column.get(row)
  if (DataType.isBool(type)) return { type: BOOLEAN, value: asIs }
  if (DataType.isInt(type)) return { type: type.bitWidth === 64 ? BIGINT : INTEGER, value: asIs }
  if (DataType.isFloat(type)) return { type: DOUBLE, value: asIs }
  if (DataType.isUtf8(type) || DataType.isDictionary(type)) return { type: VARCHAR, value: asIs }
  if (DataType.isBinary(type)) return { type: BLOB, value: (column, row) => blobValue(column.get(row)) }
  if (DataType.isDate(type)) return { type: DATE, value: (column, row) => new DuckDBDateValue(raw(column)[row]) }
  if (DataType.isTimestamp(type)) {
    return { type: TIMESTAMP, value: (column, row) => new DuckDBTimestampValue(raw(column)[row]) }
  }
  if (DataType.isDecimal(type)) {
    const { precision, scale } = type
    const value: Loader['value'] = (column, row) =>
      new DuckDBDecimalValue(int128(raw(column), row * 4), precision, scale)
    return { type: DECIMAL(precision, scale), value }
  }
  throw new Error(`no column of DuckDB is known for Arrow's ${type}`)
}

/** The numbers of a column as they lie in memory. */
function raw(column: Vector) {
  return column.data[0]!.values
}

/** Four words of 32 bits, the lowest first. */
function int128(words: Uint32Array, at: number): bigint {
  const number = [3, 2, 1, 0].reduce((sum, word) => (sum << 32n) | BigInt(words[at + word]!), 0n)
  return BigInt.asIntN(128, number)
}
