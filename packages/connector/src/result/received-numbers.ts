import { Buffer } from 'node:buffer'
import { swap32, swap64 } from './byte-order.ts'

/**
 * Numbers of one vector as received, big-endian and unaligned. Rows are made directly from them. An array is made once,
 * on demand, with one copy and one byte swap.
 */
export class ReceivedNumbers {
  private array: BigInt64Array | Int32Array | Float64Array | undefined

  constructor(
    /** A view of the received bytes. */
    readonly view: DataView,
    /** The offset of the first number in it. */
    readonly at: number,
    readonly count: number,
  ) {}

  int64s(): BigInt64Array {
    if (this.array instanceof BigInt64Array) return this.array
    const copy = this.copy(8)
    swap64(copy)
    const array = new BigInt64Array(copy.buffer, copy.byteOffset, this.count)
    this.array = array
    return array
  }

  float64s(): Float64Array {
    if (this.array instanceof Float64Array) return this.array
    const copy = this.copy(8)
    swap64(copy)
    const array = new Float64Array(copy.buffer, copy.byteOffset, this.count)
    this.array = array
    return array
  }

  int32s(): Int32Array {
    if (this.array instanceof Int32Array) return this.array
    const copy = this.copy(4)
    swap32(copy)
    const array = new Int32Array(copy.buffer, copy.byteOffset, this.count)
    this.array = array
    return array
  }

  /** Allocates memory for this vector alone, for a whole number of values. */
  private copy(width: number): Buffer {
    const length = this.count * width
    const copy = Buffer.allocUnsafeSlow(length)
    copy.set(new Uint8Array(this.view.buffer, this.view.byteOffset + this.at, length))
    return copy
  }
}
