import { isAscii } from 'node:buffer'
import type { TypeOptions } from '../types/value-types.ts'
import { bufferOf } from './byte-order.ts'
import type { FillValues } from './fill-values.ts'
import { parseNested } from './nested-json.ts'
import type { TextVector } from './vector.ts'

/** The bytes before each string that hold its length. */
const LENGTH_BYTES = 4
/** Blocks with longer strings on average are decoded string by string: the call into native code no longer matters. */
const LONG_TEXT = 200
/** Strings up to this length are checked byte by byte for non-ASCII characters. */
const SHORT_TEXT = 48

export function textFiller(vector: TextVector, options: TypeOptions): FillValues {
  if (vector.kind === 'binary') return binaryFiller(vector, options.binary ?? 'bytes')
  if (vector.kind === 'nested' && options.nested === 'parsed') return parsedFiller(vector, options)
  return plainFiller(vector)
}

/**
 * An ASCII block becomes one string, including the lengths between the strings, and each row gets a slice of it: short
 * lengths are ASCII too. In other blocks, short strings are checked one by one.
 */
function plainFiller({ starts, nulls, ...vector }: TextVector): FillValues {
  const bytes = bufferOf(vector.bytes)
  return (into, from, count) => {
    const begin = starts[from]!
    const end = starts[from + count]! - LENGTH_BYTES
    if (end - begin > count * LONG_TEXT) {
      for (let row = 0; row < count; row++) {
        const index = from + row
        into[row] =
          nulls !== undefined && nulls[index] !== 0
            ? null
            : bytes.toString('utf8', starts[index]!, starts[index + 1]! - LENGTH_BYTES)
      }
      return
    }
    const ascii = isAscii(bytes.subarray(begin, end))
    const block = bytes.toString('latin1', begin, end)
    for (let row = 0; row < count; row++) {
      const index = from + row
      if (nulls !== undefined && nulls[index] !== 0) {
        into[row] = null
        continue
      }
      const textBegin = starts[index]!
      const textEnd = starts[index + 1]! - LENGTH_BYTES
      into[row] =
        ascii || isShortAscii(bytes, textBegin, textEnd)
          ? block.slice(textBegin - begin, textEnd - begin)
          : bytes.toString('utf8', textBegin, textEnd)
    }
  }
}

function isShortAscii(bytes: Uint8Array, begin: number, end: number): boolean {
  if (end - begin > SHORT_TEXT) return false
  for (let at = begin; at < end; at++) if (bytes[at]! > 0x7f) return false
  return true
}

function binaryFiller({ starts, nulls, ...vector }: TextVector, as: NonNullable<TypeOptions['binary']>): FillValues {
  const bytes = bufferOf(vector.bytes)
  return (into, from, count) => {
    for (let row = 0; row < count; row++) {
      const index = from + row
      const begin = starts[index]!
      const end = starts[index + 1]! - LENGTH_BYTES
      if (nulls !== undefined && nulls[index] !== 0) into[row] = null
      else into[row] = as === 'bytes' ? new Uint8Array(bytes.subarray(begin, end)) : bytes.toString(as, begin, end)
    }
  }
}

function parsedFiller(vector: TextVector, { int64 = 'bigint', float = 'number' }: TypeOptions): FillValues {
  const fillText = plainFiller(vector)
  return (into, from, count) => {
    fillText(into, from, count)
    for (let row = 0; row < count; row++) {
      const text = into[row]
      if (typeof text === 'string') into[row] = parseNested(text, vector.name, { int64, float })
    }
  }
}
