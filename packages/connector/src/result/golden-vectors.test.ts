import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DecodeError } from '../errors.ts'
import { decodeChunk } from './decode-chunk.ts'
import { decodeResultMetadata, encodeResultMetadata } from './result-metadata.ts'

interface GoldenVector {
  name: string
  columns: { name: string; type: string; zone: string; format: string }[]
  meta: string
  chunk: string
  rowCount: number
  rows: unknown[][]
  rawMicros?: ((string | null)[] | null)[]
}

interface MalformedVector {
  name: string
  columns: string[]
  chunk: string
}

const golden = JSON.parse(readFileSync(new URL('../../vectors/result-vectors.json', import.meta.url), 'utf8')) as {
  valid: GoldenVector[]
  malformed: MalformedVector[]
}

/** Batches of the vector type that the Python connector has since 3.0, in base64. */
const intervals = JSON.parse(
  readFileSync(new URL('../../vectors/interval-day-second.json', import.meta.url), 'utf8'),
) as Record<'plain' | 'constant', { meta: string; batch: string }>

/** The bytes in the middle of a larger message, at an odd address, as a gRPC response holds them. */
function insideMessage(hex: string): Uint8Array {
  const bytes = Buffer.from(hex, 'hex')
  const message = new Uint8Array(bytes.length + 12).fill(0xff)
  message.set(bytes, 5)
  return message.subarray(5, 5 + bytes.length)
}

/** Writes a value the way the golden vectors do. */
function asGolden(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return Object.is(value, -0) ? '-0' : String(value)
  }
  return value
}

describe('golden vectors', () => {
  it('are complete', () => {
    expect([golden.valid.length, golden.malformed.length]).toEqual([347, 15])
  })

  it.each(golden.valid.map((vector) => [vector.name, vector] as const))('%s decodes to the right rows', (_, vector) => {
    const { fields } = decodeResultMetadata(insideMessage(vector.meta))
    expect(fields).toEqual(vector.columns.map(({ name, type, zone, format }) => ({ name, type, zone, format })))
    const batch = decodeChunk(insideMessage(vector.chunk), fields)
    expect(batch.rowCount).toBe(vector.rowCount)
    expect(batch.byteLength).toBe(vector.chunk.length / 2)
    expect(batch.toRows({ rowShape: 'array' }).map((row) => row.map(asGolden))).toEqual(vector.rows)
    const objects = batch.toRows()
    expect(objects.map((row) => Object.values(row).map(asGolden))).toEqual(vector.rows)
    for (const row of objects) expect(Object.keys(row)).toEqual(batch.names)
  })

  it.each(golden.valid.filter((vector) => vector.rawMicros).map((vector) => [vector.name, vector] as const))(
    '%s gives the right microseconds',
    (_, vector) => {
      const { fields } = decodeResultMetadata(insideMessage(vector.meta))
      const rows = decodeChunk(insideMessage(vector.chunk), fields).toRows({
        rowShape: 'array',
        types: { date: 'micros', timestamp: 'micros' },
      })
      for (const [column, micros] of vector.rawMicros!.entries()) {
        if (micros !== null) expect(rows.map((row) => asGolden(row[column]))).toEqual(micros)
      }
    },
  )

  it.each(['plain', 'constant'] as const)('%s intervals decode as the Python connector reads them', (name) => {
    const { meta, batch } = intervals[name]
    const { fields } = decodeResultMetadata(Buffer.from(meta, 'base64'))
    expect(fields).toEqual([{ name: 'd', type: 'INTERVAL_DAY_SECOND', zone: '', format: '' }])
    const decoded = decodeChunk(Buffer.from(batch, 'base64'), fields)
    const micros = { plain: [172_800_000_001n, -5n], constant: [86_400_000_000n, 86_400_000_000n] }[name]
    const texts = { plain: ['P2DT0.000001S', '-PT0.000005S'], constant: ['P1D', 'P1D'] }[name]
    expect(decoded.toRows()).toEqual(texts.map((d) => ({ d })))
    expect(decoded.toRows({ types: { interval: 'micros' } })).toEqual(micros.map((d) => ({ d })))
    expect(decoded.column('d')).toEqual(BigInt64Array.from(micros))
    expect(decoded.toJsonRows()).toEqual(texts.map((d) => ({ d })))
  })

  it.each(golden.malformed.map((vector) => [vector.name, vector] as const))('%s is refused', (_, vector) => {
    const fields = vector.columns.map((type, index) => ({ name: `c${index}`, type, zone: '', format: '' }))
    expect(() => decodeChunk(insideMessage(vector.chunk), fields)).toThrow(DecodeError)
  })

  it.each(golden.valid.map((vector) => [vector.name, vector] as const))(
    '%s has metadata that encodes back',
    (_, vector) => {
      const bytes = Buffer.from(vector.meta, 'hex')
      const again = decodeResultMetadata(encodeResultMetadata(decodeResultMetadata(bytes)))
      expect(again).toEqual(decodeResultMetadata(bytes))
    },
  )
})
