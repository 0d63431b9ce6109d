import { isDate, isUint8Array } from 'node:util/types'
import { ParameterError } from '../errors.ts'

/** One value that a statement may be given. */
export type ScalarParameter = string | number | bigint | boolean | null | Date | Uint8Array

/** What takes the place of a placeholder: one value, or a list of them for `IN (?)`. */
export type Parameter = ScalarParameter | readonly ScalarParameter[]

/** A value by its kind: what every way of writing it down has to tell apart. */
export type KnownScalar =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bigint'; readonly value: bigint }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'date'; readonly value: Date }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }

/**
 * How bytes are written. Unverified against the hosted engine: `from_hex` is what DuckDB and Trino share, while DuckDB
 * reads `X'..'` as text and so would not fail but be wrong.
 */
const bytesLiteral = (hex: string) => `from_hex('${hex}')`

/** What a literal can't hold as it is (`docs/protocol.md`, SQL text). */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
}

/** A decimal of so many digits is the quotient of two doubles that are exact, and so becomes the double that was meant. */
const EXACT_DIGITS = 15

/** The years for which a timestamp literal is known to be read alike everywhere. */
const FIRST_YEAR = 1
const LAST_YEAR = 9999

/**
 * A value as a literal of the engine's dialect. It is always one operand, whatever stands beside it: a negative number
 * comes in parentheses, since a hyphen before it would make it a comment.
 * @throws ParameterError which names `place` and never shows the value
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
 * Tells what a value is, and refuses what no statement can hold.
 * @throws ParameterError which names `place` and never shows the value
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
 * A number with all its digits. An exponent says that it is a double: beyond the safe integers, where it is not exact, and for
 * fractions of so many digits that engines which take them for decimals first make the double beside it of them.
 */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0e0'
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : significantDigits(value) <= EXACT_DIGITS
  return isExact ? String(value) : value.toExponential()
}

/** Digits of the shortest text that means the number. */
function significantDigits(value: number): number {
  const [digits = ''] = Math.abs(value).toExponential().split('e')
  return digits.replace('.', '').length
}

/** Date and time to the millisecond with the offset of UTC, which no session zone can change: `2026-02-12 15:14:15.123+00:00`. */
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
  if (Array.isArray(value)) throw new ParameterError(`${place} is an array within an array; give one flat array`)
  const kind = typeof value === 'object' ? 'an object' : `a ${typeof value}`
  throw new ParameterError(
    `${place} is ${kind}; a parameter is a string, number, bigint, boolean, null, Date, Uint8Array or an array of these`,
  )
}

/** NUL ends a string in many an engine, and half a surrogate pair would be sent as another character. */
/** @throws ParameterError for characters that would not arrive as they are */
export function refuseUnsendableText(text: string, place: string): void {
  if (text.includes('\0')) throw new ParameterError(`${place} holds a NUL character, which a statement can't carry`)
  if (/\p{Surrogate}/u.test(text)) {
    throw new ParameterError(`${place} holds half of a surrogate pair, which is no character; send it as bytes`)
  }
}
