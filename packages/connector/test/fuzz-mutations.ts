import type { Random } from './random.ts'

/** Lengths and counts that are likely to break decoders. */
const INTERESTING = [0, 1, -1, 2, 127, 128, 255, 256, 65_535, 65_536, 0x7fffffff, -0x80000000, 0x01000000, 0x10000000]
/** The range of Thrift type, field and vector type numbers. */
const SMALL = 20
const MOST_STEPS = 4

type Step = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer

const STEPS: readonly Step[] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length)
    bytes[at]! ^= 1 << random.below(8)
    return bytes
  },
  function setByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.below(3) === 0 ? random.below(256) : random.below(SMALL)
    return bytes
  },
  function setInt32(bytes, random) {
    if (bytes.length < 4) return bytes
    const value = random.below(4) === 0 ? random.next() | 0 : random.pick(INTERESTING)
    bytes.writeInt32BE(value, random.below(bytes.length - 3))
    return bytes
  },
  function nudgeInt32(bytes, random) {
    if (bytes.length < 4) return bytes
    const at = random.below(bytes.length - 3)
    bytes.writeInt32BE((bytes.readInt32BE(at) + random.below(5) - 2) | 0, at)
    return bytes
  },
  function setInt64(bytes, random) {
    if (bytes.length < 8) return bytes
    const value = random.pick([2n ** 63n - 1n, -(2n ** 63n), -1n, 8_640_000_000_000_000_000n])
    bytes.writeBigInt64BE(value, random.below(bytes.length - 7))
    return bytes
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1))
  },
  function remove(bytes, random) {
    const at = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(12))])
  },
  function insert(bytes, random) {
    const at = random.below(bytes.length + 1)
    const more = Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(SMALL)))
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
  },
  function repeat(bytes, random) {
    const at = random.below(bytes.length)
    const part = bytes.subarray(at, at + 1 + random.below(40))
    return Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at + part.length)])
  },
  function splice(bytes, random, others) {
    const other = random.pick(others)
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))])
  },
]

/**
 * Mutates a copy of the bytes, usually in one random step, otherwise in up to four: a single step leaves more valid
 * input.
 */
export function mutate(original: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(original)
  const steps = random.below(3) === 0 ? 1 + random.below(MOST_STEPS) : 1
  for (let step = 0; step < steps && bytes.length > 0; step++) {
    bytes = random.pick(STEPS)(bytes, random, others)
  }
  return bytes
}
