import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { type Table, tableFromIPC } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SAMPLES } from '../../test/columns.ts'
import { DecodeError, ValueRangeError } from '../errors.ts'
import { TYPE_NAMES } from '../types/type-table.ts'
import { createRecordBatchMaker } from './arrow.ts'
import { createArrowEncoder } from './arrow-encoder.ts'
import { decodeChunk } from './decode-chunk.ts'
import type { EncodableColumn } from './encodable-column.ts'
import { encodeChunk } from './encode-chunk.ts'
import type { Field } from './field.ts'
import type { ResultBatch } from './result-batch.ts'
import { decodeResultMetadata } from './result-metadata.ts'

const fieldsOf = (columns: readonly EncodableColumn[], zone = ''): Field[] =>
  columns.map(({ type }, index) => ({ name: `c${index}`, type, zone, format: '' }))

function batchOf(columns: readonly EncodableColumn[], rowCount: number): ResultBatch {
  return decodeChunk(encodeChunk(columns, rowCount), fieldsOf(columns))
}

function tableOf(fields: readonly Field[], batches: readonly ResultBatch[]): Table {
  const encoder = createArrowEncoder(fields)
  return tableFromIPC(Buffer.concat([encoder.schema(), ...batches.map((batch) => encoder.batch(batch)), encoder.end()]))
}

/** Reads a table with values like those of `toRows`: microseconds for time, strings for decimals. */
function valuesOf(table: Table): unknown[][] {
  return Array.from({ length: table.numRows }, (_, row) =>
    table.schema.fields.map((field, column) => plain(field.type.toString(), table.getChildAt(column)!, row)),
  )
}

function plain(type: string, vector: NonNullable<ReturnType<Table['getChildAt']>>, row: number): unknown {
  if (!vector.isValid(row)) return null
  if (type.startsWith('Decimal')) return decimalOf(vector.get(row) as Uint32Array)
  // apache-arrow returns instants as fractions of a millisecond, which lose digits; the numbers beneath are exact.
  if (type.startsWith('Timestamp') || type.startsWith('Duration')) return numbersOf<bigint>(vector, row)
  if (type.startsWith('Date')) return BigInt(numbersOf<number>(vector, row)) * 86_400_000_000n
  return vector.get(row)
}

function numbersOf<N>(vector: NonNullable<ReturnType<Table['getChildAt']>>, row: number): N {
  let left = row
  for (const data of vector.data) {
    if (left < data.length) return data.values[left] as N
    left -= data.length
  }
  throw new Error('no such row')
}

function decimalOf(words: Uint32Array): bigint {
  const value = words.reduceRight((total, word) => (total << 32n) | BigInt(word), 0n)
  return BigInt.asIntN(128, value)
}

const floorDay = (micros: bigint) => micros - (((micros % 86_400_000_000n) + 86_400_000_000n) % 86_400_000_000n)

/** The expected Arrow values of a batch: exact numbers, instants in microseconds, unscaled decimals. */
function expectedOf(batch: ResultBatch, scales: readonly number[]): unknown[][] {
  const rows = batch.toRows({ rowShape: 'array', types: { date: 'micros', timestamp: 'micros', interval: 'micros' } })
  return rows.map((row) =>
    row.map((value, column) => {
      const vector = batch.vector(column)
      if (value === null) return null
      if (vector.kind === 'date') return floorDay(value as bigint)
      if (vector.kind !== 'decimal') return value
      return unscaledOf(value as string, scales[column]!)
    }),
  )
}

function unscaledOf(text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  if (scale >= 0) return BigInt(whole + fraction.padEnd(scale, '0'))
  return BigInt(whole) / 10n ** BigInt(-scale)
}

describe('arrow', () => {
  it.each(TYPE_NAMES)('%s reads back with apache-arrow', (type) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }).chain((rowCount) => SAMPLES[type](rowCount)),
        ({ column, expected }) => {
          const batch = batchOf([column], expected.length)
          const scale = column.data.kind === 'decimal128' ? column.data.scale : 0
          // A batch with only nulls does not have the scale.
          fc.pre(column.data.kind !== 'decimal128' || batch.vector(0).kind === 'decimal')
          expect(valuesOf(tableOf(batch.fields, [batch]))).toEqual(expectedOf(batch, [scale]))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('a result of many batches and columns reads back, its names made unique', () => {
    const chunk = readFileSync(new URL('../../vectors/bench-chunk.bin', import.meta.url))
    const { fields } = decodeResultMetadata(readFileSync(new URL('../../vectors/bench-meta.bin', import.meta.url)))
    const renamed = fields.map((field) => ({ ...field, name: 'same' }))
    const batch = decodeChunk(chunk, renamed)
    const table = tableOf(renamed, [batch, batch])
    expect(table.numRows).toBe(100_000)
    expect(table.schema.fields.map(({ name }) => name)).toEqual(batch.names)
    const sample = valuesOf(table.slice(49_990, 50_010))
    const expected = expectedOf(batch, [0, 0, 0, 0, 0, 0, 0, 4])
    expect(sample).toEqual([...expected.slice(49_990), ...expected.slice(0, 10)])
  })

  it('each type becomes its Arrow type', () => {
    const one = BigInt64Array.of(0n)
    const columns: EncodableColumn[] = [
      { type: 'LONG', data: { kind: 'int64', values: one } },
      { type: 'BYTE', data: { kind: 'int32', values: Int32Array.of(1) } },
      { type: 'FLOAT', data: { kind: 'float64', values: Float64Array.of(1) } },
      { type: 'BOOLEAN', data: { kind: 'boolean', values: Uint8Array.of(1) } },
      { type: 'STRUCT', data: { kind: 'strings', values: ['{}'] } },
      { type: 'BINARY', data: { kind: 'bytes', values: [Uint8Array.of(1)] } },
      { type: 'DATE', data: { kind: 'date', micros: one } },
      { type: 'DATETIME', data: { kind: 'timestamp', micros: one } },
      { type: 'TIMESTAMP_TZ', data: { kind: 'timestamp', micros: one, zones: 'Z' } },
      { type: 'INTERVAL_DAY_SECOND', data: { kind: 'interval', micros: one } },
      { type: 'DECIMAL128', data: { kind: 'decimal128', unscaled: [1n], scale: 2 } },
      { type: 'STRING', data: { kind: 'strings', values: ['x'] }, constant: true },
      { type: 'NULL', data: { kind: 'null' } },
    ]
    const fields = fieldsOf(columns, 'Asia/Kolkata')
    const batch = decodeChunk(encodeChunk(columns, 1), fields)
    expect(tableOf(fields, [batch]).schema.fields.map(({ type }) => type.toString())).toEqual([
      'Int64',
      'Int32',
      'Float64',
      'Bool',
      'Utf8',
      'Binary',
      'Date32<DAY>',
      'Timestamp<MICROSECOND, UTC>',
      'Timestamp<MICROSECOND, Asia/Kolkata>',
      'Duration<MICROSECOND>',
      'Decimal[38e+2]',
      'Dictionary<Int32, Utf8>',
      'Null',
    ])
  })

  it('a constant string is a dictionary, sent once, and a later batch may have another string', () => {
    const constant = (text: string): EncodableColumn => ({
      type: 'STRING',
      data: { kind: 'strings', values: [text] },
      constant: true,
    })
    const first = batchOf([constant('a')], 1000)
    const mixed = batchOf([{ type: 'STRING', data: { kind: 'strings', values: ['x', null, 'y'] } }], 3)
    const nulls = batchOf([{ type: 'STRING', data: { kind: 'null' } }], 2)
    const batches = [first, batchOf([constant('a')], 2), mixed, nulls, batchOf([constant('b')], 1)]
    const texts = valuesOf(tableOf(first.fields, batches)).map(([text]) => text)
    expect(texts).toEqual([...Array(1002).fill('a'), 'x', null, 'y', null, null, 'b'])
    const encoder = createArrowEncoder(first.fields)
    const sizes = [first, first].map((batch) => encoder.batch(batch).length)
    expect(sizes[1]).toBeLessThan(4500)
  })

  it('a decimal of another scale is converted to the first scale, or refused when digits would be lost', () => {
    const decimal = (unscaled: bigint, scale: number) =>
      batchOf([{ type: 'DECIMAL128', data: { kind: 'decimal128', unscaled: [unscaled], scale } }], 1)
    const first = decimal(125n, 2)
    expect(valuesOf(tableOf(first.fields, [first, decimal(5n, 0), decimal(-12_500n, 4)]))).toEqual([
      [125n],
      [500n],
      [-125n],
    ])
    expect(() => tableOf(first.fields, [first, decimal(1n, 3)])).toThrow(ValueRangeError)
    expect(() => tableOf(first.fields, [first, decimal(10n ** 37n, 0)])).toThrow(ValueRangeError)
  })

  it('a column that changes its type is refused', () => {
    const long = batchOf([{ type: 'LONG', data: { kind: 'int64', values: BigInt64Array.of(1n) } }], 1)
    const text = batchOf([{ type: 'STRING', data: { kind: 'strings', values: ['x'] } }], 1)
    expect(() => tableOf(long.fields, [long, text])).toThrow(DecodeError)
    expect(() => tableOf(text.fields, [text, long])).toThrow(DecodeError)
  })

  it('a result without rows has its schema', () => {
    const fields = fieldsOf([
      { type: 'LONG', data: { kind: 'null' } },
      { type: 'DECIMAL128', data: { kind: 'null' } },
    ])
    const table = tableOf(fields, [])
    expect(table.numRows).toBe(0)
    expect(table.schema.fields.map(({ type }) => type.toString())).toEqual(['Int64', 'Decimal[38e0]'])
  })

  it('record batches of one result share a schema', async () => {
    const text = (...values: string[]) =>
      batchOf([{ type: 'STRING', data: { kind: 'strings', values } }], values.length)
    const batches = [
      text('a', 'b'),
      batchOf([{ type: 'STRING', data: { kind: 'strings', values: ['c'] }, constant: true }], 2),
    ]
    const maker = await createRecordBatchMaker(batches[0]!.fields)
    const recordBatches = batches.map((batch) => maker.recordBatch(batch))
    expect(recordBatches.map(({ numRows }) => numRows)).toEqual([2, 2])
    expect(recordBatches[0]!.schema.toString()).toBe(recordBatches[1]!.schema.toString())
    expect(recordBatches.map((batch) => [...batch].map((row) => row.c0 as string))).toEqual([
      ['a', 'b'],
      ['c', 'c'],
    ])
  })
})
