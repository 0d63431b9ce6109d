import { Buffer, isUtf8 } from 'node:buffer'
import { DecodeError } from '../errors.ts'

/** Wire types. Source: the protobuf encoding. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

/** The maximum nesting of unknown groups; deeper ones are hostile. */
const DEEPEST_NESTING = 32
const MOST_VARINT_BYTES = 10

/** Reads the protobuf encoding. Every length is checked against the remaining bytes before it is used. */
export class WireReader {
  readonly #bytes: Buffer
  #at: number
  #end: number
  /** The halves of the last integer. */
  #low = 0
  #high = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = 0
    this.#end = bytes.byteLength
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  /** Returns the 32 lowest bits of an integer, as an unsigned number. */
  uint32(): number {
    const first = this.#byte()
    if (first < 128) return first
    this.#at -= 1
    this.#integer()
    return this.#low
  }

  uint64(): bigint {
    this.#integer()
    return (BigInt(this.#high) << 32n) | BigInt(this.#low)
  }

  /** Reads an integer as two 32-bit halves: V8 in Node 20 miscompiles loops over bigints. */
  #integer(): void {
    this.#low = 0
    this.#high = 0
    for (let shift = 0; shift < MOST_VARINT_BYTES * 7; shift += 7) {
      const byte = this.#byte()
      const bits = byte & 127
      if (shift < 32) this.#low = (this.#low | (bits << shift)) >>> 0
      if (shift === 28) this.#high = bits >>> 4
      else if (shift > 28) this.#high = (this.#high | (bits << (shift - 32))) >>> 0
      if (byte < 128) return
    }
    this.#refuse('an integer of more than ten bytes')
  }

  /** Returns a view of the received bytes. */
  bytes(): Uint8Array {
    const begin = this.#run()
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + begin, this.#at - begin)
  }

  string(): string {
    const begin = this.#run()
    const run = this.#bytes.subarray(begin, this.#at)
    if (!isUtf8(run)) this.#refuse('a string that is not UTF-8')
    return run.toString()
  }

  /** Limits `read` to the next run of bytes. */
  within(read: () => void): void {
    const begin = this.#run()
    const [after, outer] = [this.#at, this.#end]
    this.#at = begin
    this.#end = after
    read()
    this.#end = outer
  }

  /** Skips an unknown field. */
  skip(wireType: number, number: number, depth = 0): void {
    if (wireType === WIRE.varint) this.uint64()
    else if (wireType === WIRE.fixed64) this.#advance(8)
    else if (wireType === WIRE.bytes) this.#run()
    else if (wireType === WIRE.fixed32) this.#advance(4)
    else if (wireType === WIRE.groupStart && depth < DEEPEST_NESTING) this.#skipGroup(number, depth)
    else this.#refuse(`a field of wire type ${wireType}`)
  }

  #skipGroup(group: number, depth: number): void {
    for (;;) {
      const tag = this.uint32()
      if (tag === ((group << 3) | WIRE.groupEnd) >>> 0) return
      this.skip(tag & 7, tag >>> 3, depth + 1)
    }
  }

  /** Skips a length-prefixed run of bytes. Returns its start. */
  #run(): number {
    const length = this.uint32()
    const begin = this.#at
    this.#advance(length)
    return begin
  }

  #byte(): number {
    if (this.#at >= this.#end) this.#refuse('fewer bytes than declared')
    return this.#bytes[this.#at++]!
  }

  #advance(count: number): void {
    if (count > this.#end - this.#at) this.#refuse('fewer bytes than declared')
    this.#at += count
  }

  #refuse(what: string): never {
    throw new DecodeError(`a message of ${this.#bytes.length} bytes has ${what}, at byte ${this.#at}`)
  }
}
