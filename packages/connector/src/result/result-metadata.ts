import { DecodeError, ValueRangeError } from '../errors.ts'
import type { Field } from './field.ts'
import { decodeModifiedUtf8, encodeModifiedUtf8 } from './modified-utf8.ts'

export interface ResultMetadata {
  /** The number of rows in the whole result, as far as the engine knows at the time of the call. */
  readonly rowCount: bigint
  readonly fields: readonly Field[]
}

const HEADER_BYTES = 12
const STRINGS_PER_FIELD = 4
const LONGEST_STRING_BYTES = 0xffff

/**
 * Decodes the bytes of `GetResultMetadataResponse.resultMetaData`, written by Java's `DataOutputStream`.
 * @throws DecodeError when they are cut short or a string is not valid UTF-8.
 */
export function decodeResultMetadata(bytes: Uint8Array): ResultMetadata {
  if (bytes.byteLength < HEADER_BYTES) throw new DecodeError(`result metadata is cut short: ${bytes.byteLength} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rowCount = view.getBigInt64(0)
  const fieldCount = view.getInt32(8)
  const most = Math.floor((bytes.byteLength - HEADER_BYTES) / (2 * STRINGS_PER_FIELD))
  if (fieldCount < 0 || fieldCount > most) {
    throw new DecodeError(`result metadata claims ${fieldCount} columns in ${bytes.byteLength} bytes`)
  }
  let at = HEADER_BYTES
  const nextString = (): string => {
    if (at + 2 > bytes.byteLength) throw new DecodeError(`result metadata is cut short at byte ${at}`)
    const length = view.getUint16(at)
    const start = at + 2
    if (start + length > bytes.byteLength) throw new DecodeError(`result metadata is cut short at byte ${at}`)
    at = start + length
    return decodeModifiedUtf8(bytes.subarray(start, at))
  }
  const fields: Field[] = []
  for (let index = 0; index < fieldCount; index++) {
    fields.push({ name: nextString(), type: nextString(), zone: nextString(), format: nextString() })
  }
  return { rowCount, fields }
}

/**
 * The inverse of {@link decodeResultMetadata}.
 * @throws ValueRangeError when a string exceeds its 16-bit length.
 */
export function encodeResultMetadata(metadata: ResultMetadata): Uint8Array {
  const strings = metadata.fields.flatMap(({ name, type, zone, format }) =>
    [name, type, zone, format].map(encodeModifiedUtf8),
  )
  const bytes = new Uint8Array(strings.reduce((total, string) => total + 2 + string.length, HEADER_BYTES))
  const view = new DataView(bytes.buffer)
  view.setBigInt64(0, metadata.rowCount)
  view.setInt32(8, metadata.fields.length)
  let at = HEADER_BYTES
  for (const string of strings) {
    if (string.length > LONGEST_STRING_BYTES) {
      throw new ValueRangeError(`a name of ${string.length} bytes does not fit the result metadata`)
    }
    view.setUint16(at, string.length)
    bytes.set(string, at + 2)
    at += 2 + string.length
  }
  return bytes
}
