import { DecimalWriter, decimalText, integerFromBytes } from '../types/decimal.ts'
import type { TypeOptions } from '../types/value-types.ts'
import { type DecimalBlock, WIDEST_BLOCK_SCALE } from './decimal-block.ts'
import type { FillValues } from './fill-values.ts'
import { CAN_WRITE_WORDS, type TextBlock } from './text-block.ts'
import type { DecimalVector } from './vector.ts'
import { INT128_STRIDE } from './vector-scan.ts'

/** Returns the byte range of a row's unscaled value within the received bytes. */
export function decimalRange({ at, starts, constant }: DecimalVector, row: number): [from: number, to: number] {
  const index = constant ? 0 : row
  if (starts === undefined) return [at + index * INT128_STRIDE, at + index * INT128_STRIDE + 16]
  return [starts[index]!, starts[index + 1]! - 4]
}

/** Returns the unscaled value of a row; 0 for most nulls. */
export function unscaledAt(vector: DecimalVector, row: number): bigint {
  return integerFromBytes(vector.bytes, ...decimalRange(vector, row))
}

export function decimalFiller(
  vector: DecimalVector,
  { decimal = 'string' }: TypeOptions,
  block: TextBlock,
): FillValues {
  if (decimal === 'number') return numberFiller(vector)
  if (vector.starts !== undefined) return unevenFiller(vector, block)
  return evenFiller(vector, block)
}

/**
 * Formats sixteen-byte integers. Most blocks hold only integers that fit 64 bits and take the faster passes for those.
 */
function evenFiller({ bytes, at: first, scale, nulls }: DecimalVector, block: TextBlock): FillValues {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const small = block.integers
  const writer = new DecimalWriter()
  const passes = CAN_WRITE_WORDS && scale >= 0 && scale <= WIDEST_BLOCK_SCALE
  return (into, from, count) => {
    if (passes && split64(small, view, first + from * INT128_STRIDE, count)) {
      block.cut(into, from, count, small.write(block, count, scale), nulls)
      return
    }
    const { begins, ends } = block
    let end = 0
    for (let row = 0; row < count; row++) {
      const at = first + (from + row) * INT128_STRIDE
      const w3 = view.getInt32(at)
      const w2 = view.getInt32(at + 4)
      end = writer.write(block.bytes, end, w3, w2, view.getInt32(at + 8), view.getInt32(at + 12), scale)
      begins[row] = writer.begin
      ends[row] = end
    }
    block.cut(into, from, count, end, nulls)
  }
}

/** @returns whether all integers fit 64 bits. */
function split64(small: DecimalBlock, view: DataView, first: number, count: number): boolean {
  let beyond = 0
  for (let row = 0, at = first; row < count; row++, at += INT128_STRIDE) {
    const high = view.getInt32(at + 8)
    const sign = high >> 31
    beyond |= (view.getInt32(at) ^ sign) | (view.getInt32(at + 4) ^ sign)
    small.split(row, high, view.getInt32(at + 12))
  }
  return beyond === 0
}

function unevenFiller(vector: DecimalVector, block: TextBlock): FillValues {
  const { nulls, scale } = vector
  return (into, from, count) => {
    const { begins, ends } = block
    let at = 0
    for (let row = 0; row < count; row++) {
      begins[row] = at
      if (nulls === undefined || nulls[from + row] === 0) {
        at += block.bytes.write(decimalText(unscaledAt(vector, from + row), scale), at, 'latin1')
      }
      ends[row] = at
    }
    block.cut(into, from, count, at, nulls)
  }
}

function numberFiller(vector: DecimalVector): FillValues {
  const { nulls, scale } = vector
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      into[row] =
        nulls !== undefined && nulls[from + row] !== 0
          ? null
          : Number(decimalText(unscaledAt(vector, from + row), scale))
    }
  }
}
