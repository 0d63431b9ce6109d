import { hexOf, instantText, type KnownScalar, knownScalar, numberText } from './sql-literal.ts'

/** One value for the engine to bind, as `executeStatementV2` carries it. */
export interface BoundParameter {
  readonly index: number
  readonly type: string
  readonly value: string
}

/**
 * How a value travels when the engine binds it (`ParameterValue`). The message's fields are known; what the engine
 * expects in them is unverified against the hosted one, and is decided here alone: the first `?` has index 1, as in JDBC,
 * and types have the names that result metadata uses.
 */
const FIRST_INDEX = 1

type Sent = Pick<BoundParameter, 'type' | 'value'>

/** @throws ParameterError which names `place` and never shows the value */
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

/** Negative zero is a value of the doubles alone. */
function isExactInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

function isLong(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}
