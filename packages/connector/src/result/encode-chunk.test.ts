import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ValueRangeError } from '../errors.ts'
import type { TypeName } from '../types/type-table.ts'
import { unscaledAt } from './decimal-values.ts'
import { decodeChunk } from './decode-chunk.ts'
import type { ColumnData, EncodableColumn } from './encodable-column.ts'
import { encodeChunk } from './encode-chunk.ts'
import { decodeResultMetadata, encodeResultMetadata } from './result-metadata.ts'
import type { Vector } from './vector.ts'

const file = (name: string) => readFileSync(new URL(`../../vectors/${name}`, import.meta.url))
const golden = JSON.parse(file('result-vectors.json').toString()) as {
  valid: {
    name: string
    columns: { type: TypeName; constant: boolean }[]
    meta: string
    chunk: string
    rows: unknown[][]
  }[]
}

function dataOf(vector: Vector): ColumnData {
  switch (vector.kind) {
    case 'int64':
    case 'int32':
    case 'float64':
    case 'boolean':
      return { kind: vector.kind, values: vector.values } as ColumnData
    case 'date':
    case 'interval':
      return { kind: vector.kind, micros: vector.micros }
    case 'timestamp': {
      const zones = Array.from(vector.micros, (_, row) => vector.zones[vector.zoneIds?.[row] ?? 0]!.id)
      return { kind: 'timestamp', micros: vector.micros, ...(vector.type === 'TIMESTAMP_TZ' ? { zones } : {}) }
    }
    case 'decimal': {
      const count = vector.constant ? 1 : vector.rowCount
      return {
        kind: 'decimal128',
        unscaled: Array.from({ length: count }, (_, row) => unscaledAt(vector, row)),
        scale: vector.scale,
      }
    }
    case 'null':
      return { kind: 'null' }
    default: {
      const parts = Array.from(vector.starts.subarray(1), (end, row) =>
        vector.bytes.subarray(vector.starts[row], end - 4),
      )
      const offsets = Uint32Array.of(0, ...parts.map((part) => part.length)).map((_, row, lengths) =>
        lengths.subarray(0, row + 1).reduce((total, length) => total + length, 0),
      )
      return { kind: 'text', offsets, bytes: Buffer.concat(parts) }
    }
  }
}

function columnOf(vector: Vector, type: TypeName): EncodableColumn {
  const nulls = vector.nulls === undefined ? {} : { nulls: vector.nulls }
  return { type, data: dataOf(vector), constant: vector.constant, ...nulls }
}

/** Vectors whose decoded columns keep everything in the bytes, unlike the zones of nulls or the scale of no value. */
const PLAIN =
  /^(?!null|decimal128-empty|multi-empty|timestamp_tz-(const|nulls|empty)).*-(plain|nulls|one|empty|const-\d|offsets|scale\d+|random28|38digits-\d)$/

describe('encodeChunk', () => {
  const plain = golden.valid.filter(({ name }) => PLAIN.test(name))

  it.each(plain.map((vector) => [vector.name, vector] as const))('writes %s byte for byte', (_, vector) => {
    const { fields } = decodeResultMetadata(Buffer.from(vector.meta, 'hex'))
    const batch = decodeChunk(Buffer.from(vector.chunk, 'hex'), fields)
    const columns = batch.vectors.map((column, index) => columnOf(column, vector.columns[index]!.type))
    expect(Buffer.from(encodeChunk(columns, batch.rowCount)).toString('hex')).toBe(vector.chunk)
  })

  it('covers most of the golden vectors', () => {
    expect(plain.length).toBeGreaterThan(100)
  })

  it('refuses values that do not fit, and columns that are too short', () => {
    const decimal = (value: bigint): EncodableColumn => ({
      type: 'DECIMAL128',
      data: { kind: 'decimal128', unscaled: [value], scale: 0 },
    })
    expect(() => encodeChunk([decimal(2n ** 127n)], 1)).toThrow(ValueRangeError)
    expect(() => encodeChunk([decimal(2n ** 127n - 1n)], 2)).toThrow(ValueRangeError)
    const nulls = Uint8Array.of(1)
    const long: EncodableColumn = { type: 'LONG', data: { kind: 'int64', values: new BigInt64Array(2) }, nulls }
    expect(() => encodeChunk([long], 2)).toThrow(ValueRangeError)
  })

  it('writes 64-bit decimals as it writes them as 128-bit ones', () => {
    const values = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]
    const wide: EncodableColumn = { type: 'DECIMAL128', data: { kind: 'decimal128', unscaled: values, scale: 3 } }
    const narrow: EncodableColumn = {
      type: 'DECIMAL128',
      data: { kind: 'decimal64', unscaled: BigInt64Array.from(values), scale: 3 },
    }
    for (const constant of [false, true]) {
      expect(encodeChunk([{ ...narrow, constant }], 5)).toEqual(encodeChunk([{ ...wide, constant }], 5))
    }
  })
})

describe('encodeResultMetadata', () => {
  it('refuses a name that exceeds its length field', () => {
    const field = { name: 'x'.repeat(70_000), type: 'LONG', zone: '', format: '' }
    expect(() => encodeResultMetadata({ rowCount: 0n, fields: [field] })).toThrow(ValueRangeError)
  })
})
