import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FRAME_HEAD_BYTES, frame, MessageReader } from './framing.ts'
import { decodeMessage, GRPC_STATUS, parseStatus } from './grpc-status.ts'

/** Bytes, cut at any position, as a network may do. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
}

it('a framed message is read back from chunks of any size', () => {
  const message = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 16_000, maxLength: 17_000 }))
  fc.assert(
    fc.property(message, fc.boolean(), fc.array(fc.nat()), (bytes, isCompressed, cuts) => {
      const reader = new MessageReader(bytes.byteLength)
      const wire = Buffer.concat(frame(bytes, isCompressed) as Buffer[])
      for (const piece of pieces(wire, cuts)) expect(reader.push(piece)).toBeUndefined()
      const read = reader.finish()
      expect('bytes' in read && Buffer.from(bytes).equals(read.bytes)).toBe(true)
      expect(reader.isCompressed).toBe(isCompressed)
    }),
  )
})

it('any other bytes are a fault, never an exception, and never a message longer than the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(100), (chunks, limit) => {
      const reader = new MessageReader(limit)
      const fault = chunks.map((chunk) => reader.push(Buffer.from(chunk))).find((it) => it !== undefined)
      const read = fault ?? reader.finish()
      const all = Buffer.concat(chunks)
      const length = all.length < FRAME_HEAD_BYTES ? -1 : all.readUInt32BE(1)
      const isMessage = length >= 0 && all[0]! <= 1 && length <= limit && all.length === FRAME_HEAD_BYTES + length
      if (isMessage) expect(read).toEqual({ bytes: all.subarray(FRAME_HEAD_BYTES) })
      else expect(read).toMatchObject({ cause: expect.stringMatching(/^(bad-answer|message-too-large)$/) })
    }),
  )
})

it('the message of a status survives encoding', () => {
  const encoded = (text: string) =>
    [...Buffer.from(text)]
      .map((byte) =>
        byte < 0x20 || byte > 0x7e || byte === 0x25
          ? `%${byte.toString(16).padStart(2, '0')}`
          : String.fromCharCode(byte),
      )
      .join('')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(decodeMessage(encoded(text))).toBe(text)
      expect(decodeMessage(encodeURIComponent(text))).toBe(text)
    }),
  )
})

it('any header value is read as some message, and some status', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(undefined), fc.array(fc.string())), (value) => {
      expect(typeof decodeMessage(value)).toBe('string')
      expect(Object.values(GRPC_STATUS)).toContain(parseStatus(value))
    }),
  )
})

it('a message in plain UTF-8, which is not gRPC, is still readable', () => {
  expect(decodeMessage(Buffer.from('naïve 🎉').toString('latin1'))).toBe('naïve 🎉')
})
