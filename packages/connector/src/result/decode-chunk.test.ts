import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DecodeError } from '../errors.ts'
import { ChunkDecoder, decodeChunk } from './decode-chunk.ts'
import type { EncodableColumn } from './encodable-column.ts'
import { encodeChunk } from './encode-chunk.ts'
import type { Field } from './field.ts'
import { CHUNK, DATA, MEMBER, THRIFT, VECTOR } from './thrift.ts'
import { ThriftWriter } from './thrift-writer.ts'

const field = (name: string, type: string): Field => ({ name, type, zone: '', format: '' })
const TIMESTAMP_TZ = 15
const LONG = 6

/** A batch of one vector with fields written by hand. */
function handmade(rowCount: number, writeVector: (writer: ThriftWriter) => void): Uint8Array {
  const writer = new ThriftWriter(256)
  writer.fieldHeader(THRIFT.i32, CHUNK.size)
  writer.i32(rowCount)
  writer.fieldHeader(THRIFT.list, CHUNK.vectors)
  writer.listHeader(THRIFT.struct, 1)
  writeVector(writer)
  writer.stop()
  writer.stop()
  return writer.finish()
}

function vectorHead(writer: ThriftWriter, type: number, nulls: number[]): void {
  writer.fieldHeader(THRIFT.i32, VECTOR.vectorType)
  writer.i32(type)
  writer.fieldHeader(THRIFT.list, VECTOR.nullSet)
  writer.listHeader(THRIFT.bool, nulls.length)
  writer.booleans(Uint8Array.from(nulls))
}

function timestamps(micros: bigint[], nulls: number[], zones: string[]): Uint8Array {
  return handmade(micros.length, (writer) => {
    vectorHead(writer, TIMESTAMP_TZ, nulls)
    writer.fieldHeader(THRIFT.struct, VECTOR.data)
    writer.fieldHeader(THRIFT.struct, DATA.timeData)
    writer.fieldHeader(THRIFT.list, MEMBER.data)
    writer.listHeader(THRIFT.i64, micros.length)
    writer.words64(BigInt64Array.from(micros))
    writer.fieldHeader(THRIFT.list, MEMBER.zoneData)
    writer.listHeader(THRIFT.string, zones.length)
    writer.strings(zones, zones.length)
    writer.stop()
    writer.stop()
  })
}

describe('a batch', () => {
  it('of a type that cannot be read is refused with the names of the type and of the column', () => {
    const golden = JSON.parse(readFileSync(new URL('../../vectors/result-vectors.json', import.meta.url), 'utf8')) as {
      malformed: { name: string; chunk: string }[]
    }
    const bytes = (name: string) => Buffer.from(golden.malformed.find((vector) => vector.name === name)!.chunk, 'hex')
    expect(() => decodeChunk(bytes('unsupported-type-4'), [field('when', 'INT96')])).toThrow(/"when".*INT96/)
    expect(() => decodeChunk(bytes('unknown-type-77'), [field('what', 'X')])).toThrow(/"what".*number 77/)
  })

  it('with only constants may have many rows, but not any number', () => {
    const constant: EncodableColumn = {
      type: 'LONG',
      data: { kind: 'int64', values: BigInt64Array.of(7n) },
      constant: true,
    }
    const bytes = encodeChunk([constant], 4_000_000)
    const batch = decodeChunk(bytes, [field('a', 'LONG')])
    expect(batch.toRows({ from: 3_999_999 })).toEqual([{ a: 7n }])
    const hostile = encodeChunk([constant], 2 ** 31 - 1)
    expect(() => decodeChunk(hostile, [field('a', 'LONG')])).toThrow(DecodeError)
  })

  const long: EncodableColumn = { type: 'LONG', data: { kind: 'int64', values: BigInt64Array.of(1n) } }
  const text: EncodableColumn = { type: 'STRING', data: { kind: 'strings', values: ['x'] } }
  const double: EncodableColumn = { type: 'DOUBLE', data: { kind: 'float64', values: Float64Array.of(0.5) } }

  it.each([
    ['strings in a column of integers', [text], ['LONG'], '"c0" is LONG in the metadata but STRING in a batch'],
    ['columns in another order', [text, long], ['LONG', 'STRING'], '"c0" is LONG in the metadata'],
    ['a vector too many', [long, long], ['LONG'], '2 columns, but its metadata has 1'],
    ['a vector too few', [long], ['LONG', 'LONG'], '1 columns, but its metadata has 2'],
    ['doubles in a column of integers', [double], ['INTEGER'], '"c0" is INTEGER in the metadata but DOUBLE'],
    ['JSON in a column of strings', [{ ...text, type: 'ARRAY' } as const], ['STRING'], 'is STRING in the metadata'],
  ] as const)('that contradicts its metadata is refused: %s', (_, columns, types, message) => {
    const fields = types.map((type, index) => field(`c${index}`, type))
    expect(() => decodeChunk(encodeChunk(columns, 1), fields)).toThrow(message)
    expect(() => decodeChunk(encodeChunk(columns, 1), fields)).toThrow(DecodeError)
  })

  it.each([
    ['vectors of different sizes', [2, 3], [2, 3], 'columns of 2 and 3 values'],
    ['more values than the vector says', [2, 2], [2, 3], 'has 3 values for a size of 2'],
    ['fewer values than the vector says', [3, 3], [3, 2], 'has 2 values for a size of 3'],
    ['vectors shorter than the batch', [1, 1], [1, 1], 'has 1 values for 2 rows'],
  ])('whose sizes disagree is refused: %s', (_, sizes, counts, message) => {
    const writer = new ThriftWriter(256)
    writer.fieldHeader(THRIFT.i32, CHUNK.size)
    writer.i32(2)
    writer.fieldHeader(THRIFT.list, CHUNK.vectors)
    writer.listHeader(THRIFT.struct, sizes.length)
    for (const [index, size] of sizes.entries()) {
      writer.fieldHeader(THRIFT.i32, VECTOR.size)
      writer.i32(size)
      vectorHead(writer, LONG, [])
      writer.fieldHeader(THRIFT.struct, VECTOR.data)
      writer.fieldHeader(THRIFT.struct, DATA.int64Data)
      writer.fieldHeader(THRIFT.list, MEMBER.data)
      writer.listHeader(THRIFT.i64, counts[index]!)
      writer.words64(new BigInt64Array(counts[index]!))
      writer.stop()
      writer.stop()
      writer.stop()
    }
    writer.stop()
    const bytes = writer.finish()
    expect(() => decodeChunk(bytes, [field('a', 'LONG'), field('b', 'LONG')])).toThrow(message)
  })

  it('may have only nulls of another type, and short names of one type', () => {
    const nulls: EncodableColumn = { type: 'NULL', data: { kind: 'null' } }
    const int: EncodableColumn = { type: 'INTEGER', data: { kind: 'int32', values: Int32Array.of(7) } }
    const batch = decodeChunk(encodeChunk([nulls, int], 1), [field('a', 'DECIMAL128'), field('b', 'SHORT')])
    expect(batch.toRows()).toEqual([{ a: null, b: 7 }])
  })

  it('of a type that only the metadata names is read', () => {
    const batch = decodeChunk(encodeChunk([text], 1), [field('a', 'SOMETHING_NEW')])
    expect(batch.toRows()).toEqual([{ a: 'x' }])
    expect(batch.vector('a').type).toBe('STRING')
  })

  it('in which a whole column is null needs no values', () => {
    const bytes = handmade(2, (writer) => vectorHead(writer, LONG, [1, 1]))
    expect(decodeChunk(bytes, [field('a', 'LONG')]).toRows()).toEqual([{ a: null }, { a: null }])
    const some = handmade(2, (writer) => vectorHead(writer, LONG, [1, 0]))
    expect(() => decodeChunk(some, [field('a', 'LONG')])).toThrow(DecodeError)
  })
})

describe('a list that claims more elements than there are bytes', () => {
  it.each([
    ['strings', DATA.varcharData, 7, THRIFT.string],
    ['decimals', DATA.decimal128Data, 16, THRIFT.string],
    ['integers', DATA.int64Data, LONG, THRIFT.i64],
  ])('is refused before any memory is taken: %s', (_, member, vectorType, elementType) => {
    for (const claimed of [100, 30_000, 70_000, 1_000_000, 0x7fffffff, -1]) {
      const bytes = handmade(1, (writer) => {
        vectorHead(writer, vectorType, [])
        writer.fieldHeader(THRIFT.struct, VECTOR.data)
        writer.fieldHeader(THRIFT.struct, member)
        writer.fieldHeader(THRIFT.list, MEMBER.data)
        writer.listHeader(elementType, claimed)
        writer.zeros(40)
      })
      const before = process.memoryUsage().arrayBuffers
      expect(() => decodeChunk(bytes, [field('a', 'STRING')])).toThrow(DecodeError)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2048)
    }
  })
})

describe('zones', () => {
  const fields = [field('t', 'TIMESTAMP_TZ')]
  const texts = (bytes: Uint8Array) =>
    decodeChunk(bytes, fields)
      .toRows()
      .map(({ t }) => t)

  it('of rows that are null do not matter', () => {
    expect(texts(timestamps([0n, 0n], [1, 0], ['', '+01:00']))).toEqual([null, '1970-01-01T01:00:00.000000+01:00'])
    expect(() => texts(timestamps([0n, 0n], [0, 0], ['', '+01:00']))).toThrow(DecodeError)
  })

  it('may be one for all rows', () => {
    expect(texts(timestamps([0n, 0n], [1, 0], ['-03:30']))).toEqual([null, '1969-12-31T20:30:00.000000-03:30'])
  })

  it('keep the seconds of old local times', () => {
    const micros = -3_786_825_600_000_000n
    expect(texts(timestamps([micros], [0], ['Asia/Kolkata']))).toEqual(['1850-01-01T05:53:28.000000+05:53:28'])
  })

  it('have rules even for instants beyond the range of Date', () => {
    expect(texts(timestamps([2n ** 63n - 1n], [0], ['Asia/Kolkata']))).toEqual(['+294247-01-10T09:30:54.775807+05:30'])
  })

  it.each(['', ' ', 'Z ', '+0530', '+5:30', '+05:60', '+19:00', 'Mars/Olympus', '\0', 'x'.repeat(1000)])(
    '%j is refused with a typed error',
    (zone) => {
      expect(() => texts(timestamps([0n], [0], [zone]))).toThrow(DecodeError)
    },
  )

  it('are limited in number, because only a hostile batch has more', () => {
    const zones = Array.from({ length: 5000 }, (_, row) => {
      const part = (value: number) => String(value).padStart(2, '0')
      return `+${part(row % 18)}:${part(Math.floor(row / 18) % 60)}:${part(Math.floor(row / 1080))}`
    })
    expect(new Set(zones).size).toBe(5000)
    const micros = zones.map(() => 0n)
    expect(() => texts(timestamps(micros, [], zones))).toThrow(DecodeError)
    expect(texts(timestamps(micros.slice(0, 4000), [], zones.slice(0, 4000)))).toHaveLength(4000)
  })
})

describe('ChunkDecoder', () => {
  it('decodes many batches of one result, regardless of earlier dates', () => {
    const decoder = new ChunkDecoder([field('d', 'DATE')])
    const days = [0, 32_768, -32_768, 65_536, 1, 20_496, -100_000_000]
    for (let round = 0; round < 12; round++) {
      const values = Array.from(
        { length: 300 },
        (_, row) => BigInt(days[(row + round) % days.length]!) * 86_400_000_000n,
      )
      const column: EncodableColumn = { type: 'DATE', data: { kind: 'date', micros: BigInt64Array.from(values) } }
      const fresh = decodeChunk(encodeChunk([column], 300), decoder.fields).toRows()
      expect(decoder.decode(encodeChunk([column], 300)).toRows()).toEqual(fresh)
    }
  })

  it('returns the number of rows from only the head of a batch', () => {
    const decoder = new ChunkDecoder([field('a', 'LONG')])
    const long: EncodableColumn = { type: 'LONG', data: { kind: 'int64', values: BigInt64Array.of(1n, 2n) } }
    const bytes = encodeChunk([long], 2)
    expect(decoder.rowCountOf(bytes)).toBe(2)
    expect(decoder.rowCountOf(bytes.subarray(0, 7))).toBe(2)
    expect(() => decoder.rowCountOf(bytes.subarray(0, 6))).toThrow(DecodeError)
    expect(decoder.rowCountOf(new Uint8Array())).toBe(0)
  })

  it('finds the number of rows after the columns too', () => {
    const decoder = new ChunkDecoder([field('a', 'LONG')])
    const size = (writer: ThriftWriter, rows: number) => {
      writer.fieldHeader(THRIFT.i32, CHUNK.size)
      writer.i32(rows)
    }
    const batch = (write: (writer: ThriftWriter) => void) => {
      const writer = new ThriftWriter(256)
      write(writer)
      writer.stop()
      return writer.finish()
    }
    const vectors = (writer: ThriftWriter) => {
      writer.fieldHeader(THRIFT.list, CHUNK.vectors)
      writer.listHeader(THRIFT.struct, 1)
      vectorHead(writer, LONG, [0])
      writer.fieldHeader(THRIFT.struct, VECTOR.data)
      writer.fieldHeader(THRIFT.struct, DATA.int64Data)
      writer.fieldHeader(THRIFT.list, MEMBER.data)
      writer.listHeader(THRIFT.i64, 1)
      writer.words64(BigInt64Array.of(7n))
      writer.stop()
      writer.stop()
      writer.stop()
    }
    const behind = batch((writer) => {
      vectors(writer)
      size(writer, 1)
    })
    expect(decoder.rowCountOf(behind)).toBe(1)
    expect(decoder.decode(behind).toRows()).toEqual([{ a: 7n }])

    expect(() => decoder.rowCountOf(batch(vectors))).toThrow('no valid number of rows')
    expect(() => decoder.rowCountOf(batch((writer) => size(writer, -5)))).toThrow('no valid number of rows (-5)')
    // Whichever of two row counts is used, both ways of reading use the same one.
    const twice = batch((writer) => {
      size(writer, 1)
      vectors(writer)
      size(writer, 0)
    })
    expect(decoder.decode(twice).rowCount).toBe(decoder.rowCountOf(twice))
  })
})
