import type { Buffer } from 'node:buffer'
import { DecodeError } from '../errors.ts'
import { bufferOf } from './byte-order.ts'
import { THRIFT } from './thrift.ts'

/** The maximum nesting of unknown structures; deeper ones are hostile. */
const DEEPEST_NESTING = 32

/** The minimum size of a value of each Thrift type in bytes, by type number; 0 marks invalid type numbers. */
const LEAST_BYTES: readonly number[] = [0, 0, 1, 1, 8, 0, 2, 0, 4, 0, 8, 4, 1, 6, 5, 5]
/** Types with values of a fixed size. */
const FIXED_SIZE: ReadonlySet<number> = new Set([
  THRIFT.bool,
  THRIFT.byte,
  THRIFT.double,
  THRIFT.i16,
  THRIFT.i32,
  THRIFT.i64,
])

const NO_BYTES = new Uint8Array(0)

/**
 * Reads TBinaryProtocol. Every length is checked against the remaining bytes before it is used. One reader serves many
 * batches: the runtime discards compiled code when no object of its class is left.
 */
export class ThriftReader {
  /** The input, as three different views. */
  received: Uint8Array = NO_BYTES
  bytes: Buffer = bufferOf(NO_BYTES)
  view: DataView = new DataView(NO_BYTES.buffer)
  at = 0
  /** The number of the field whose header {@link nextField} read last. */
  fieldId = 0
  /** The element type of the list whose header {@link listHeader} read last. */
  elementType = 0

  /** Starts reading other bytes; without an argument, releases the last ones. */
  open(received: Uint8Array = NO_BYTES): void {
    this.received = received
    this.bytes = bufferOf(received)
    this.view = new DataView(received.buffer, received.byteOffset, received.byteLength)
    this.at = 0
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  /** A view of some of the received bytes that is not a Buffer. */
  plainBytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.view.buffer, this.view.byteOffset + at, length)
  }

  /** @returns the type of the next field, or 0 at the end of the struct. */
  nextField(): number {
    const type = this.byte()
    if (type === THRIFT.stop) return type
    this.need(2)
    this.fieldId = this.bytes.readInt16BE(this.at)
    this.at += 2
    return type
  }

  byte(): number {
    this.need(1)
    return this.bytes[this.at++]!
  }

  i32(): number {
    this.need(4)
    const value = this.bytes.readInt32BE(this.at)
    this.at += 4
    return value
  }

  i64(): bigint {
    this.need(8)
    const value = this.bytes.readBigInt64BE(this.at)
    this.at += 8
    return value
  }

  double(): number {
    this.need(8)
    const value = this.bytes.readDoubleBE(this.at)
    this.at += 8
    return value
  }

  /** Returns a length-prefixed run of bytes as a view of the received ones. */
  binary(): Buffer {
    const length = this.i32()
    if (length < 0 || length > this.left) this.refuse(`a length of ${length}`)
    const start = this.at
    this.at += length
    return this.bytes.subarray(start, this.at)
  }

  /** @returns the number of elements; at least enough bytes for them remain. */
  listHeader(): number {
    this.elementType = this.byte()
    const count = this.i32()
    if (count < 0) this.refuse(`a list of ${count} elements`)
    if (count > 0) {
      const least = LEAST_BYTES[this.elementType] ?? 0
      if (least === 0) this.refuse(`elements of type ${this.elementType}`)
      if (count * least > this.left) this.refuse(`a list of ${count} elements`)
    }
    return count
  }

  /** Reads a list header and rejects element types other than `type`; an empty list may have any. */
  listOf(type: number): number {
    const count = this.listHeader()
    if (count > 0 && this.elementType !== type) this.refuse(`a list of type ${this.elementType}, expected ${type}`)
    return count
  }

  skip(type: number, depth = 0): void {
    if (depth > DEEPEST_NESTING) this.refuse('structures nested too deeply')
    if (FIXED_SIZE.has(type)) {
      this.advance(LEAST_BYTES[type] ?? 0)
    } else if (type === THRIFT.string) {
      this.binary()
    } else if (type === THRIFT.struct) {
      for (let field = this.nextField(); field !== THRIFT.stop; field = this.nextField()) this.skip(field, depth + 1)
    } else if (type === THRIFT.list || type === THRIFT.set) {
      const count = this.listHeader()
      this.skipMany(this.elementType, count, depth + 1)
    } else if (type === THRIFT.map) {
      this.skipMap(depth + 1)
    } else {
      this.refuse(`a value of type ${type}`)
    }
  }

  advance(count: number): void {
    this.need(count)
    this.at += count
  }

  refuse(what: string): never {
    throw new DecodeError(`the result batch has ${what} at byte ${this.at} of ${this.bytes.length}`)
  }

  private skipMany(type: number, count: number, depth: number): void {
    if (FIXED_SIZE.has(type)) this.advance(count * (LEAST_BYTES[type] ?? 0))
    else for (let index = 0; index < count; index++) this.skip(type, depth)
  }

  private skipMap(depth: number): void {
    const keyType = this.byte()
    const valueType = this.byte()
    const count = this.i32()
    const least = (LEAST_BYTES[keyType] ?? 0) + (LEAST_BYTES[valueType] ?? 0)
    if (count < 0 || (count > 0 && count * least > this.left)) this.refuse(`a map of ${count} entries`)
    for (let index = 0; index < count; index++) {
      this.skip(keyType, depth)
      this.skip(valueType, depth)
    }
  }

  private need(count: number): void {
    if (this.at + count > this.bytes.length) {
      throw new DecodeError(
        `the result batch is cut short: it ends at byte ${this.bytes.length}, in the middle of a value`,
      )
    }
  }
}
