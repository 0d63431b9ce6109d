import { isDate, isUint8Array } from 'node:util/types'
import { ParameterError } from '../errors.ts'

/** A single value for a statement. */
export type ScalarParameter = string | number | bigint | boolean | null | Date | Uint8Array

/** The value of a placeholder: a single value, or a list of values for `IN (?)`. */
export type Parameter = ScalarParameter | readonly ScalarParameter[]

/** A value by its kind, for the code that writes it. */
export type KnownScalar =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bigint'; readonly value: bigint }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'date'; readonly value: Date }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }

/**
 * The literal for bytes. Unverified against the hosted engine: DuckDB and Trino share `from_hex`, but DuckDB reads
 * `X'..'` as a string, which would give wrong results instead of an error.
 */
const bytesLiteral = (hex: string) => `from_hex('${hex}')`

/** Characters that a literal must escape (`docs/protocol.md`, SQL text). */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
}

/** A decimal with at most this many digits is the quotient of two exact doubles, and so becomes the intended double. */
const EXACT_DIGITS = 15

/** The years in which all known engines read a timestamp literal alike. */
const FIRST_YEAR = 1
const LAST_YEAR = 9999

/**
 * Returns a value as a literal in the engine's dialect. It is always a single operand: a negative number is in
 * parentheses, because a hyphen before it would start a comment.
 * @throws ParameterError that names `place` and never shows the value
 */
export function sqlLiteral(value: unknown, place: string): string {
  const scalar = knownScalar(value, place)
  switch (scalar.kind) {
    case 'null':
      return 'NULL'
    case 'boolean':
      return scalar.value ? 'TRUE' : 'FALSE'
    case 'string':
      return stringLiteral(scalar.value)
    case 'number':
      return asOperand(numberText(scalar.value))
    case 'bigint':
      return asOperand(scalar.value.toString())
    case 'date':
      return `TIMESTAMP WITH TIME ZONE '${instantText(scalar.value)}'`
    case 'bytes':
      return bytesLiteral(hexOf(scalar.value))
    default:
      return scalar satisfies never
  }
}

/**
 * Classifies a value, and rejects values that no statement can contain.
 * @throws ParameterError that names `place` and never shows the value
 */
export function knownScalar(value: unknown, place: string): KnownScalar {
  if (value === null) return { kind: 'null' }
  switch (typeof value) {
    case 'string':
      refuseUnsendableText(value, place)
      return { kind: 'string', value }
    case 'number':
      if (!Number.isFinite(value)) throw new ParameterError(`${place} is not a finite number`)
      return { kind: 'number', value }
    case 'bigint':
      return { kind: 'bigint', value }
    case 'boolean':
      return { kind: 'boolean', value }
    case 'undefined':
      throw new ParameterError(`${place} is undefined; use null for SQL NULL`)
    default:
      return knownObject(value, place)
  }
}

/**
 * Returns a number with all its digits. An exponent marks it as a double. It is used beyond the safe integers, where
 * the value is not exact, and for long fractions: engines that parse those as decimals first would produce a
 * neighbouring double.
 */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0e0'
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : significantDigits(value) <= EXACT_DIGITS
  return isExact ? String(value) : value.toExponential()
}

/** The number of digits in the shortest string for the number. */
function significantDigits(value: number): number {
  const [digits = ''] = Math.abs(value).toExponential().split('e')
  return digits.replace('.', '').length
}

/**
 * Date and time in milliseconds with the UTC offset, which no session zone can change: `2026-02-12 15:14:15.123+00:00`.
 */
export function instantText(value: Date): string {
  return value.toISOString().replace('T', ' ').replace('Z', '+00:00')
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex').toUpperCase()
}

function stringLiteral(text: string): string {
  return `'${text.replace(/[\\'\r\n\t]/g, (char) => ESCAPES[char]!)}'`
}

function asOperand(digits: string): string {
  return digits.startsWith('-') ? `(${digits})` : digits
}

function knownObject(value: unknown, place: string): KnownScalar {
  if (isDate(value)) {
    const year = value.getUTCFullYear()
    if (Number.isNaN(year)) throw new ParameterError(`${place} is an invalid Date`)
    if (year < FIRST_YEAR || year > LAST_YEAR) {
      throw new ParameterError(
        `${place} is a Date outside the years ${FIRST_YEAR} to ${LAST_YEAR}; cast a string instead`,
      )
    }
    return { kind: 'date', value }
  }
  if (isUint8Array(value)) return { kind: 'bytes', value }
  if (Array.isArray(value)) throw new ParameterError(`${place} is an array within an array; use one flat array`)
  const kind = typeof value === 'object' ? 'an object' : `a ${typeof value}`
  throw new ParameterError(
    `${place} is ${kind}; a parameter is a string, number, bigint, boolean, null, Date, Uint8Array or an array of these`,
  )
}

// NUL ends a string in many engines, and an unpaired surrogate would be sent as another character.
/** @throws ParameterError for characters that would not arrive unchanged */
export function refuseUnsendableText(text: string, place: string): void {
  if (text.includes('\0')) throw new ParameterError(`${place} has a NUL character, which a statement cannot contain`)
  if (/\p{Surrogate}/u.test(text)) {
    throw new ParameterError(`${place} has an unpaired surrogate, which is not a character; send it as bytes`)
  }
}
