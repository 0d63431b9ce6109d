import type { ReceivedNumbers } from './received-numbers.ts'
import type {
  DateVector,
  Float64Vector,
  Int32Vector,
  Int64Vector,
  IntervalVector,
  TimestampVector,
  VectorFacts,
} from './vector.ts'
import type { ZoneColumn } from './zone-column.ts'

/**
 * A vector of numbers whose array is made on first use. The getters belong to a class: an object with its own getter
 * gets its own hidden class, which keeps the object, and with it the received message, until a collection of the whole
 * heap.
 */
abstract class NumberVector implements VectorFacts {
  readonly name: string
  readonly type: string
  readonly rowCount: number
  readonly constant: boolean
  readonly nulls: Uint8Array | undefined
  readonly received: ReceivedNumbers

  constructor({ name, type, rowCount, constant, nulls }: VectorFacts, received: ReceivedNumbers) {
    this.name = name
    this.type = type
    this.rowCount = rowCount
    this.constant = constant
    this.nulls = nulls
    this.received = received
  }
}

export class Int64NumberVector extends NumberVector implements Int64Vector {
  readonly kind = 'int64'

  get values(): BigInt64Array {
    return this.received.int64s()
  }
}

export class Int32NumberVector extends NumberVector implements Int32Vector {
  readonly kind = 'int32'

  get values(): Int32Array {
    return this.received.int32s()
  }
}

export class Float64NumberVector extends NumberVector implements Float64Vector {
  readonly kind = 'float64'

  get values(): Float64Array {
    return this.received.float64s()
  }
}

export class DateNumberVector extends NumberVector implements DateVector {
  readonly kind = 'date'

  get micros(): BigInt64Array {
    return this.received.int64s()
  }
}

export class IntervalNumberVector extends NumberVector implements IntervalVector {
  readonly kind = 'interval'

  get micros(): BigInt64Array {
    return this.received.int64s()
  }
}

export class TimestampNumberVector extends NumberVector implements TimestampVector {
  readonly kind = 'timestamp'
  readonly zones: ZoneColumn['zones']
  readonly zoneIds: ZoneColumn['zoneIds']

  constructor(facts: VectorFacts, received: ReceivedNumbers, { zones, zoneIds }: ZoneColumn) {
    super(facts, received)
    this.zones = zones
    this.zoneIds = zoneIds
  }

  get micros(): BigInt64Array {
    return this.received.int64s()
  }
}
