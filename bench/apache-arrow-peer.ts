import {
  Bool,
  DateDay,
  Decimal,
  makeData,
  makeVector,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow'
import type { ResultBatch } from 'e6data-connector/wire'

const MICROS_PER_DAY = 86_400_000_000n
const DECIMAL_WORDS = 4
const PRECISION = 38

/** Builds the same Arrow stream with the builders of `apache-arrow`, from the same decoded columns. */
export function encodeWithApacheArrow(batch: ResultBatch): Uint8Array {
  const columns = Object.fromEntries(batch.names.map((name): [string, Vector] => [name, columnOf(batch, name)]))
  return tableToIPC(new Table(columns), 'stream')
}

function columnOf(batch: ResultBatch, name: string): Vector {
  const vector = batch.vector(name)
  switch (vector.kind) {
    case 'int64':
    case 'int32':
    case 'float64':
      return makeVector(vector.values)
    case 'boolean':
      return vectorFromArray(Array.from(vector.values, Boolean), new Bool())
    case 'date': {
      const days = Int32Array.from(vector.micros, (micros) => Number(micros / MICROS_PER_DAY))
      return makeVector(makeData({ type: new DateDay(), data: days }))
    }
    case 'timestamp':
      return makeVector(makeData({ type: new TimestampMicrosecond('UTC'), data: vector.micros }))
    case 'decimal': {
      const words = new Uint32Array(batch.rowCount * DECIMAL_WORDS)
      const text = batch.column(name) as (string | null)[]
      for (const [row, value] of text.entries()) {
        let unscaled = BigInt((value ?? '0').replace('.', ''))
        for (let word = 0; word < DECIMAL_WORDS; word++, unscaled >>= 32n) {
          words[row * DECIMAL_WORDS + word] = Number(BigInt.asUintN(32, unscaled))
        }
      }
      return makeVector(makeData({ type: new Decimal(vector.scale, PRECISION), data: words }))
    }
    default:
      return vectorFromArray(batch.column(name) as (string | null)[], new Utf8())
  }
}
