import { DecodeError } from '../errors.ts'
import type { NestedValue, TypeOptions } from '../types/value-types.ts'

/** Parses the JSON text of an ARRAY, MAP or STRUCT. */
export function parseNested(text: string, _int64: NonNullable<TypeOptions['int64']>): NestedValue {
  try {
    return JSON.parse(text) as NestedValue
  } catch (cause) {
    throw new DecodeError('a nested value is not JSON', { cause })
  }
}
