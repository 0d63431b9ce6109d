import type { ReceivedNumbers } from './received-numbers.ts'
import type { DateVector, Float64Vector, Int32Vector, Int64Vector, TimestampVector, VectorFacts } from './vector.ts'
import type { ZoneColumn } from './zone-column.ts'

/** Vectors of numbers, whose arrays are made when first asked for. */

export function int64Vector(facts: VectorFacts, received: ReceivedNumbers): Int64Vector {
  return {
    kind: 'int64',
    ...facts,
    received,
    get values() {
      return received.int64s()
    },
  }
}

export function int32Vector(facts: VectorFacts, received: ReceivedNumbers): Int32Vector {
  return {
    kind: 'int32',
    ...facts,
    received,
    get values() {
      return received.int32s()
    },
  }
}

export function float64Vector(facts: VectorFacts, received: ReceivedNumbers): Float64Vector {
  return {
    kind: 'float64',
    ...facts,
    received,
    get values() {
      return received.float64s()
    },
  }
}

export function dateVector(facts: VectorFacts, received: ReceivedNumbers): DateVector {
  return {
    kind: 'date',
    ...facts,
    received,
    get micros() {
      return received.int64s()
    },
  }
}

export function timestampVector(facts: VectorFacts, received: ReceivedNumbers, zones: ZoneColumn): TimestampVector {
  return {
    kind: 'timestamp',
    ...facts,
    ...zones,
    received,
    get micros() {
      return received.int64s()
    },
  }
}
