import { hexOf, instantText, type KnownScalar, knownScalar, numberText } from './sql-literal.ts'

/** A value for the engine to bind, as `executeStatementV2` sends it. */
export interface BoundParameter {
  readonly index: number
  readonly type: string
  readonly value: string
}

/**
 * The encoding of a value that the engine binds (`ParameterValue`). The fields of the message are known, but their
 * expected content is unverified against the hosted engine. This file alone decides it: the first `?` has index 1, as
 * in JDBC, and types have the names used in result metadata.
 */
const FIRST_INDEX = 1

type Sent = Pick<BoundParameter, 'type' | 'value'>

/** @throws ParameterError that names `place` and never shows the value */
export function serverValue(value: unknown, place: string, position: number): BoundParameter {
  return { index: FIRST_INDEX + position, ...sent(knownScalar(value, place)) }
}

function sent(scalar: KnownScalar): Sent {
  switch (scalar.kind) {
    case 'null':
      return { type: 'NULL', value: '' }
    case 'boolean':
      return { type: 'BOOLEAN', value: String(scalar.value) }
    case 'string':
      return { type: 'STRING', value: scalar.value }
    case 'number':
      return { type: isExactInteger(scalar.value) ? 'LONG' : 'DOUBLE', value: numberText(scalar.value) }
    case 'bigint':
      return { type: isLong(scalar.value) ? 'LONG' : 'DECIMAL128', value: scalar.value.toString() }
    case 'date':
      return { type: 'TIMESTAMP_TZ', value: instantText(scalar.value) }
    case 'bytes':
      return { type: 'BINARY', value: hexOf(scalar.value) }
    default:
      return scalar satisfies never
  }
}

/** Only doubles have a negative zero. */
function isExactInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

function isLong(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}
