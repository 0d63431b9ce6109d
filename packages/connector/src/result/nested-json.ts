import { DecodeError } from '../errors.ts'
import type { NestedValue, TypeOptions } from '../types/value-types.ts'

/** Parses the JSON text of an ARRAY, MAP or STRUCT. */
export function parseNested(text: string, column: string, _options: Pick<TypeOptions, 'int64' | 'float'>): NestedValue {
  try {
    return JSON.parse(text) as NestedValue
  } catch (cause) {
    throw new DecodeError(`column "${column}" holds a nested value that is not JSON`, { cause })
  }
}
