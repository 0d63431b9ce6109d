import {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBVector,
} from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import { leafJson, leafText } from './leaf-json.ts'
import { isValid, validityOf } from './validity.ts'

/** Writes the value of one row of a vector as JSON. */
export type JsonAt = (row: number) => string

/**
 * Reads a vector of a nested type as JSON, without making a JavaScript value of each nested value first.
 * @param rows number of rows in the vector.
 */
export function jsonReader(type: DuckDBType, vector: duckdb.Vector, rows: number): JsonAt {
  const validity = validityOf(vector, rows)
  const write = valueReader(type, vector, rows)
  return (row) => (isValid(validity, row) ? write(row) : 'null')
}

function valueReader(type: DuckDBType, vector: duckdb.Vector, rows: number): JsonAt {
  if (type instanceof DuckDBStructType) return structReader(type, vector, rows)
  if (type instanceof DuckDBListType) return listReader(type, vector, rows)
  if (type instanceof DuckDBMapType) return mapReader(type, vector, rows)
  if (type instanceof DuckDBArrayType) return arrayReader(type, vector, rows)
  return leafReader(type, vector, rows)
}

function structReader(type: DuckDBStructType, vector: duckdb.Vector, rows: number): JsonAt {
  const fields = type.entryTypes.map((fieldType, index) => ({
    head: `${index === 0 ? '' : ','}${JSON.stringify(type.entryNames[index])}:`,
    valueAt: jsonReader(fieldType, duckdb.struct_vector_get_child(vector, index), rows),
  }))
  return (row) => {
    let text = '{'
    for (const { head, valueAt } of fields) text += head + valueAt(row)
    return `${text}}`
  }
}

function listReader(type: DuckDBListType, vector: duckdb.Vector, rows: number): JsonAt {
  const child = duckdb.list_vector_get_child(vector)
  return elementsReader(jsonReader(type.valueType, child, duckdb.list_vector_get_size(vector)), listSpans(vector, rows))
}

function arrayReader(type: DuckDBArrayType, vector: duckdb.Vector, rows: number): JsonAt {
  const { length } = type
  const child = duckdb.array_vector_get_child(vector)
  const valueAt = jsonReader(type.valueType, child, rows * length)
  return elementsReader(valueAt, (row) => ({ start: row * length, end: (row + 1) * length }))
}

function elementsReader(valueAt: JsonAt, spanOf: SpanOf): JsonAt {
  return (row) => {
    const { start, end } = spanOf(row)
    let text = '['
    for (let at = start; at < end; at++) text += at === start ? valueAt(at) : `,${valueAt(at)}`
    return `${text}]`
  }
}

/** DuckDB stores a map as a list of structs of a key and a value. Names in JSON are strings for all types of keys. */
function mapReader(type: DuckDBMapType, vector: duckdb.Vector, rows: number): JsonAt {
  const entries = duckdb.list_vector_get_child(vector)
  const size = duckdb.list_vector_get_size(vector)
  const keyVector = DuckDBVector.create(duckdb.struct_vector_get_child(entries, 0), size, type.keyType)
  const valueAt = jsonReader(type.valueType, duckdb.struct_vector_get_child(entries, 1), size)
  const spanOf = listSpans(vector, rows)
  return (row) => {
    const { start, end } = spanOf(row)
    let text = '{'
    for (let at = start; at < end; at++) {
      text += `${at === start ? '' : ','}${JSON.stringify(leafText(keyVector.getItem(at)))}:${valueAt(at)}`
    }
    return `${text}}`
  }
}

type SpanOf = (row: number) => { start: number; end: number }

/** A list vector contains the offset and number of each row's elements in the child vector. */
function listSpans(vector: duckdb.Vector, rows: number): SpanOf {
  const memory = duckdb.vector_get_data(vector, rows * 16)
  const spans = new BigUint64Array(memory.buffer, memory.byteOffset, rows * 2)
  return (row) => {
    const start = Number(spans[row * 2])
    return { start, end: start + Number(spans[row * 2 + 1]) }
  }
}

function leafReader(type: DuckDBType, vector: duckdb.Vector, rows: number): JsonAt {
  if (type.typeId === DuckDBTypeId.BIGINT || type.typeId === DuckDBTypeId.INTEGER) {
    const wide = type.typeId === DuckDBTypeId.BIGINT
    const { buffer, byteOffset } = duckdb.vector_get_data(vector, rows * (wide ? 8 : 4))
    const values = wide ? new BigInt64Array(buffer, byteOffset, rows) : new Int32Array(buffer, byteOffset, rows)
    return (row) => String(values[row])
  }
  const leaves = DuckDBVector.create(vector, rows, type)
  return (row) => leafJson(leaves.getItem(row))
}
