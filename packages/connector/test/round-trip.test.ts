import { decodeChunk, encodeChunk, type Field, TYPE_NAMES } from 'e6data-connector/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SAMPLES, type Sample } from './columns.ts'

const fieldsOf = (samples: readonly Sample[]): Field[] =>
  samples.map(({ type }, index) => ({ name: `c${index}`, type, zone: '', format: '' }))

/** A batch in the middle of a larger message, as it arrives. */
function received(samples: readonly Sample[], rowCount: number, before: number): Uint8Array {
  const bytes = encodeChunk(
    samples.map(({ column }) => column),
    rowCount,
  )
  const message = new Uint8Array(bytes.length + before + 3)
  message.set(bytes, before)
  return message.subarray(before, before + bytes.length)
}

describe('an encoded batch is decoded unchanged', () => {
  it.each(TYPE_NAMES)('%s, with nulls and constants, within blocks and across them', (type) => {
    fc.assert(
      fc.property(
        fc
          .oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 250, max: 530 }))
          .chain((rowCount) => SAMPLES[type](rowCount)),
        fc.integer({ min: 0, max: 9 }),
        (sample, before) => {
          const rowCount = sample.expected.length
          const batch = decodeChunk(received([sample], rowCount, before), fieldsOf([sample]))
          expect(batch.toRows({ rowShape: 'array' }).map(([value]) => value)).toEqual(sample.expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('a batch of every type, as objects, as arrays and one by one', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 0, max: 12 })
          .chain((rowCount) => fc.tuple(...TYPE_NAMES.map((type) => SAMPLES[type](rowCount)))),
        (samples) => {
          const rowCount = samples[0]!.expected.length
          const fields = fieldsOf(samples)
          const batch = decodeChunk(received(samples, rowCount, 1), fields)
          const arrays = batch.toRows({ rowShape: 'array' })
          expect(arrays).toEqual(
            Array.from({ length: rowCount }, (_, row) => samples.map(({ expected }) => expected[row])),
          )
          const objects = arrays.map((row) => Object.fromEntries(row.map((value, index) => [`c${index}`, value])))
          expect(batch.toRows()).toEqual(objects)
          expect([...batch.rows()]).toEqual(objects)
        },
      ),
      { numRuns: 60 },
    )
  })
})
