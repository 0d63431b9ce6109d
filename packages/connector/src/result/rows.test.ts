import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { DecodeError, UsageError, ValueRangeError } from '../errors.ts'
import type { NestedValue, RowOf, ValueOfType } from '../types/value-types.ts'
import { decodeChunk } from './decode-chunk.ts'
import type { EncodableColumn } from './encodable-column.ts'
import { encodeChunk } from './encode-chunk.ts'
import type { ResultBatch } from './result-batch.ts'
import { compiledAssembler, interpretedAssembler } from './row-assembly.ts'
import { isNull } from './vector.ts'

const BEYOND_DATE = 8_640_000_000_000_001_000n

function batchOf(columns: Record<string, EncodableColumn>, rowCount: number): ResultBatch {
  const fields = Object.entries(columns).map(([name, { type }]) => ({ name, type, zone: '', format: '' }))
  return decodeChunk(encodeChunk(Object.values(columns), rowCount), fields)
}

const long = (...values: bigint[]): EncodableColumn => ({
  type: 'LONG',
  data: { kind: 'int64', values: BigInt64Array.from(values) },
})
const strings = (type: 'STRING' | 'STRUCT', ...values: (string | null)[]): EncodableColumn => ({
  type,
  data: { kind: 'strings', values },
})
const timestamps = (...micros: bigint[]): EncodableColumn => ({
  type: 'TIMESTAMP_TZ',
  data: { kind: 'timestamp', micros: BigInt64Array.from(micros), zones: '+05:30' },
})

describe('types', () => {
  it('int64: number is exact or throws', () => {
    const fits = batchOf({ a: long(9_007_199_254_740_991n, -5n) }, 2)
    expect(fits.toRows({ types: { int64: 'number' } })).toEqual([{ a: 9_007_199_254_740_991 }, { a: -5 }])
    const beyond = batchOf({ a: long(9_007_199_254_740_992n) }, 1)
    expect(() => beyond.toRows({ types: { int64: 'number' } })).toThrow(ValueRangeError)
    expect(beyond.toRows({ types: { int64: 'string' } })).toEqual([{ a: '9007199254740992' }])
  })

  it('decimal: number is the nearest double', () => {
    const data = { kind: 'decimal128', unscaled: [12_345n, null, -1n], scale: 2 } as const
    const batch = batchOf({ a: { type: 'DECIMAL128', data } }, 3)
    expect(batch.toRows({ rowShape: 'array', types: { decimal: 'number' } })).toEqual([[123.45], [null], [-0.01]])
  })

  it('timestamp and date: date rounds down to milliseconds, and throws beyond the range of Date', () => {
    const batch = batchOf({ a: timestamps(-1n, 1_770_902_055_123_456n) }, 2)
    expect(batch.toRows({ types: { timestamp: 'date' } })).toEqual([
      { a: new Date(-1) },
      { a: new Date('2026-02-12T13:14:15.123Z') },
    ])
    const far = batchOf(
      {
        a: timestamps(BEYOND_DATE),
        b: { type: 'DATE', data: { kind: 'date', micros: BigInt64Array.of(-BEYOND_DATE) } },
      },
      1,
    )
    expect(() => far.toRows({ types: { timestamp: 'date' } })).toThrow(ValueRangeError)
    expect(() => far.toRows({ types: { date: 'date' } })).toThrow(ValueRangeError)
    expect(far.toRows({ types: { timestamp: 'micros', date: 'micros' } })).toEqual([
      { a: BEYOND_DATE, b: -BEYOND_DATE },
    ])
  })

  it('nested: parsed returns separate values for each row', () => {
    const batch = batchOf({ a: { ...strings('STRUCT', '{"x":[1,9223372036854775807]}'), constant: true } }, 2)
    const rows = batch.toRows({ types: { nested: 'parsed' } })
    expect(rows).toEqual([{ a: { x: [1, 9223372036854775807n] } }, { a: { x: [1, 9223372036854775807n] } }])
    expect(rows[0]!.a).not.toBe(rows[1]!.a)
    expect(() => batchOf({ a: strings('STRUCT', '{') }, 1).toRows({ types: { nested: 'parsed' } })).toThrow(DecodeError)
  })

  it('binary: bytes of their own memory, hex or base64', () => {
    const values = [Uint8Array.of(0xff, 0x00, 0x80), null]
    const batch = batchOf({ a: { type: 'BINARY', data: { kind: 'bytes', values } } }, 2)
    const [first] = batch.toRows()
    expect(first!.a).toEqual(Uint8Array.of(0xff, 0x00, 0x80))
    expect((first!.a as Uint8Array).buffer.byteLength).toBe(3)
    expect(batch.toRows({ types: { binary: 'hex' } })).toEqual([{ a: 'ff0080' }, { a: null }])
    expect(batch.toRows({ types: { binary: 'base64' } })).toEqual([{ a: '/wCA' }, { a: null }])
  })

  it('JSON rows are safe for JSON.stringify and lose nothing', () => {
    const batch = batchOf(
      {
        long: long(9223372036854775807n),
        double: { type: 'DOUBLE', data: { kind: 'float64', values: Float64Array.of(-0) } },
        float: { type: 'FLOAT', data: { kind: 'float32', values: Float32Array.of(Number.NaN) } },
        decimal: { type: 'DECIMAL128', data: { kind: 'decimal128', unscaled: [10n ** 37n], scale: 2 } },
        binary: { type: 'BINARY', data: { kind: 'bytes', values: [Uint8Array.of(255)] } },
        nested: strings('STRUCT', '{"n":9223372036854775807,"z":-0}'),
        time: timestamps(0n),
      },
      1,
    )
    expect(JSON.parse(JSON.stringify(batch.toJsonRows()))).toEqual([
      {
        long: '9223372036854775807',
        double: '-0',
        float: 'NaN',
        decimal: `1${'0'.repeat(35)}.00`,
        binary: 'ff',
        nested: { n: '9223372036854775807', z: '-0' },
        time: '1970-01-01T05:30:00.000000+05:30',
      },
    ])
  })

  it('determine the types of the rows', () => {
    const batch = batchOf({ a: long(1n) }, 1)
    type Lossless = bigint | number | string | boolean | Uint8Array | null
    expectTypeOf(batch.toRows()).toEqualTypeOf<{ [column: string]: Lossless }[]>()
    expectTypeOf(batch.toRows({ rowShape: 'array' })).toEqualTypeOf<Lossless[][]>()
    expectTypeOf(batch.toRows({ types: { int64: 'number', binary: 'hex' } })).toEqualTypeOf<
      { [column: string]: number | string | boolean | null }[]
    >()
    expectTypeOf(batch.toRows({ types: { timestamp: 'date', binary: 'hex', int64: 'string' } })).toEqualTypeOf<
      { [column: string]: number | string | boolean | Date | null }[]
    >()
    expectTypeOf<ValueOfType<'LONG'>>().toEqualTypeOf<bigint>()
    expectTypeOf<ValueOfType<'LONG', { int64: 'string' }>>().toEqualTypeOf<string>()
    expectTypeOf<ValueOfType<'DATE', { date: 'date' }>>().toEqualTypeOf<Date>()
    expectTypeOf<ValueOfType<'STRUCT', { nested: 'parsed' }>>().toEqualTypeOf<NestedValue>()
    expectTypeOf<RowOf<{ id: 'LONG'; at: 'DATETIME' }, { int64: 'number'; timestamp: 'micros' }>>().toEqualTypeOf<{
      id: number | null
      at: bigint | null
    }>()
    // @ts-expect-error there is no such choice
    batch.toRows({ types: { int64: 'float' } })
  })
})

describe('rows', () => {
  it('with two columns of the same name overwrite nothing', () => {
    const fields = ['a', 'a', 'a_2', 'a', 'b'].map((name) => ({ name, type: 'LONG', zone: '', format: '' }))
    const batch = decodeChunk(
      encodeChunk(
        [1n, 2n, 3n, 4n, 5n].map((value) => long(value)),
        1,
      ),
      fields,
    )
    expect(batch.toRows()).toEqual([{ a: 1n, a_3: 2n, a_2: 3n, a_4: 4n, b: 5n }])
    expect(batch.column('a_3')).toEqual(BigInt64Array.of(2n))
    const pair = decodeChunk(encodeChunk([long(1n), long(2n)], 1), fields.slice(0, 2))
    expect(pair.toRows()).toEqual([{ a: 1n, a_2: 2n }])
  })

  it('may be asked for in part', () => {
    const batch = batchOf({ a: long(...Array.from({ length: 700 }, (_, row) => BigInt(row))) }, 700)
    expect(batch.toRows({ from: 255, to: 258 })).toEqual([{ a: 255n }, { a: 256n }, { a: 257n }])
    expect(batch.toRows({ from: 699, to: 5000, rowShape: 'array' })).toEqual([[699n]])
    expect(batch.toRows({ from: 9000 })).toEqual([])
    expect([...batch.rows({ from: 300, to: 302 })]).toEqual([{ a: 300n }, { a: 301n }])
  })

  it('have a property for any name of a column, __proto__ too, and run no code hidden in one', () => {
    const hostile = [
      '__proto__',
      'constructor',
      '"]: globalThis.broken = 1, ["',
      `'\\\n\u2028\`\${globalThis.broken = 1}`,
      '',
      '0',
    ]
    const rows = 700
    const columns = hostile.map((): EncodableColumn => ({ ...long(7n), constant: true }))
    const fields = hostile.map((name) => ({ name, type: 'LONG', zone: '', format: '' }))
    const batch = decodeChunk(encodeChunk(columns, rows), fields)
    for (const row of [batch.toRows({ to: 1 })[0]!, batch.toRows()[0]!]) {
      expect(Object.keys(row).toSorted()).toEqual(hostile.toSorted())
      expect(Object.values(row)).toEqual(hostile.map(() => 7n))
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
    }
    expect('broken' in globalThis).toBe(false)
  })

  it('share one hidden class, regardless of their values', () => {
    setFlagsFromString('--allow-natives-syntax')
    const sameClass = runInNewContext('(a, b) => %HaveSameMap(a, b)') as (a: unknown, b: unknown) => boolean
    // Compiled on its first call, while the syntax is allowed.
    sameClass({}, {})
    setFlagsFromString('--no-allow-natives-syntax')
    const names = ['a', 'b', 'c']
    const columns = [
      [1n, null, 3n],
      [0, 0.5, null],
      ['x', null, {}],
    ]
    for (const assemble of [interpretedAssembler(names), compiledAssembler(names)!]) {
      const rows: unknown[] = []
      // The runtime decides on a class in the first few rows of a program.
      for (let at = 0; at < 300; at += 3) assemble(rows, at, columns, 3)
      expect(rows.slice(0, 3)).toEqual(
        names.map((_, row) => ({ a: columns[0]![row], b: columns[1]![row], c: columns[2]![row] })),
      )
      for (const row of rows.slice(150)) expect(sameClass(row, rows[299])).toBe(true)
    }
  })
})

describe('columns', () => {
  it('are typed arrays where the type has one', () => {
    const batch = batchOf(
      {
        fare: { type: 'DOUBLE', data: { kind: 'float64', values: Float64Array.of(1.5, 2.5) } },
        id: long(1n, 2n),
        n: { type: 'INTEGER', data: { kind: 'int32', values: Int32Array.of(7, 0) }, constant: true },
        ok: { type: 'BOOLEAN', data: { kind: 'boolean', values: Uint8Array.of(1, 0) } },
        at: timestamps(5n, 6n),
        name: strings('STRING', 'é', null),
        price: { type: 'DECIMAL128', data: { kind: 'decimal128', unscaled: [5n, 6n], scale: 1 } },
      },
      2,
    )
    expect(batch.column('fare')).toEqual(Float64Array.of(1.5, 2.5))
    expect(batch.column('id')).toEqual(BigInt64Array.of(1n, 2n))
    expect(batch.column(2)).toEqual(Int32Array.of(7, 7))
    expect(batch.column('ok')).toEqual(Uint8Array.of(1, 0))
    expect(batch.column('at')).toEqual(BigInt64Array.of(5n, 6n))
    expect(batch.column('name')).toEqual(['é', null])
    expect(batch.column('price')).toEqual(['0.5', '0.6'])
    expect(() => batch.column('nope')).toThrow(UsageError)
    expect(() => batch.column(7)).toThrow(UsageError)
  })

  it('distinguish nulls from zeros', () => {
    const batch = batchOf({ a: { ...long(0n, 0n), nulls: Uint8Array.of(0, 1) } }, 2)
    const vector = batch.vector('a')
    expect([isNull(vector, 0), isNull(vector, 1)]).toEqual([false, true])
  })

  it('of an empty batch are empty and typed', () => {
    const fields = [{ name: 'fare', type: 'DOUBLE', zone: '', format: '' }]
    for (const bytes of [new Uint8Array(0), encodeChunk([], 0)]) {
      const batch = decodeChunk(bytes, fields)
      expect([batch.rowCount, batch.byteLength]).toEqual([0, bytes.length])
      expect(batch.column('fare')).toEqual(new Float64Array(0))
      expect(batch.toRows()).toEqual([])
    }
  })
})
