import type { FixedLayout } from './fixed-column.ts'

const MICROS_PER_DAY = 86_400_000_000n
const LATEST_MICROS = 9_223_372_036_854_775_807n

type NarrowArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array
type ArrayOf<Source> = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Source

/** A typed view of a vector's memory, which DuckDB aligns for all types. */
function view<Source>(Source: ArrayOf<Source>, memory: Uint8Array, rows: number): Source {
  return new Source(memory.buffer, memory.byteOffset, rows)
}

const allocateInt32 = (rows: number) => new Int32Array(rows)
const allocateInt64 = (rows: number) => new BigInt64Array(rows)
const allocateFloat64 = (rows: number) => new Float64Array(rows)

function narrowIntegers(
  type: 'BYTE' | 'SHORT' | 'INTEGER',
  Source: ArrayOf<NarrowArray>,
  width: number,
): FixedLayout<Int32Array> {
  return {
    type,
    width,
    allocate: allocateInt32,
    copy: (memory, from, to, target, at) => target.set(view(Source, memory, to).subarray(from, to), at),
    wrap: (values) => ({ kind: 'int32', values }),
  }
}

/** Timestamps of a unit that is a whole number of microseconds. */
function coarseTimestamps(microsPerUnit: bigint): FixedLayout<BigInt64Array> {
  return timestamps((units) => clampToInt64(units * microsPerUnit))
}

function timestamps(toMicros: ((units: bigint) => bigint) | undefined): FixedLayout<BigInt64Array> {
  return {
    type: 'DATETIME',
    width: 8,
    allocate: allocateInt64,
    copy(memory, from, to, target, at) {
      const units = view(BigInt64Array, memory, to)
      if (toMicros === undefined) target.set(units.subarray(from, to), at)
      else for (let row = from; row < to; row++) target[at + row - from] = toMicros(units[row]!)
    },
    wrap: (micros) => ({ kind: 'timestamp', micros }),
  }
}

/** DuckDB's infinite dates exceed 64 bits of microseconds: they become the latest and earliest instants that fit. */
function clampToInt64(micros: bigint): bigint {
  if (micros > LATEST_MICROS) return LATEST_MICROS
  return micros < -LATEST_MICROS ? -LATEST_MICROS : micros
}

/** Timestamps with zone: DuckDB keeps only the instant, so all rows carry the engine's zone. */
export function zonedTimestamps(zone: string): FixedLayout<BigInt64Array> {
  return {
    ...timestamps(undefined),
    type: 'TIMESTAMP_TZ',
    wrap: (micros) => ({ kind: 'timestamp', micros, zones: zone }),
  }
}

export const FIXED_LAYOUTS = {
  boolean: {
    type: 'BOOLEAN',
    width: 1,
    allocate: (rows) => new Uint8Array(rows),
    copy: (memory, from, to, target, at) => target.set(memory.subarray(from, to), at),
    wrap: (values) => ({ kind: 'boolean', values }),
  } satisfies FixedLayout<Uint8Array>,
  int8: narrowIntegers('BYTE', Int8Array, 1),
  uint8: narrowIntegers('SHORT', Uint8Array, 1),
  int16: narrowIntegers('SHORT', Int16Array, 2),
  uint16: narrowIntegers('INTEGER', Uint16Array, 2),
  int32: narrowIntegers('INTEGER', Int32Array, 4),
  uint32: {
    type: 'LONG',
    width: 4,
    allocate: allocateInt64,
    copy(memory, from, to, target, at) {
      const values = view(Uint32Array, memory, to)
      for (let row = from; row < to; row++) target[at + row - from] = BigInt(values[row]!)
    },
    wrap: (values) => ({ kind: 'int64', values }),
  } satisfies FixedLayout<BigInt64Array>,
  int64: {
    type: 'LONG',
    width: 8,
    allocate: allocateInt64,
    copy: (memory, from, to, target, at) => target.set(view(BigInt64Array, memory, to).subarray(from, to), at),
    wrap: (values) => ({ kind: 'int64', values }),
  } satisfies FixedLayout<BigInt64Array>,
  float32: {
    type: 'FLOAT',
    width: 4,
    allocate: allocateFloat64,
    copy: (memory, from, to, target, at) => target.set(view(Float32Array, memory, to).subarray(from, to), at),
    wrap: (values) => ({ kind: 'float32', values }),
  } satisfies FixedLayout<Float64Array>,
  float64: {
    type: 'DOUBLE',
    width: 8,
    allocate: allocateFloat64,
    copy: (memory, from, to, target, at) => target.set(view(Float64Array, memory, to).subarray(from, to), at),
    wrap: (values) => ({ kind: 'float64', values }),
  } satisfies FixedLayout<Float64Array>,
  date: {
    type: 'DATE',
    width: 4,
    allocate: allocateInt64,
    copy(memory, from, to, target, at) {
      const days = view(Int32Array, memory, to)
      for (let row = from; row < to; row++) target[at + row - from] = clampToInt64(BigInt(days[row]!) * MICROS_PER_DAY)
    },
    wrap: (micros) => ({ kind: 'date', micros }),
  } satisfies FixedLayout<BigInt64Array>,
  timestamp: timestamps(undefined),
  timestampSeconds: coarseTimestamps(1_000_000n),
  timestampMillis: coarseTimestamps(1_000n),
  // Rounds down, also for instants before 1970.
  timestampNanos: timestamps((nanos) => (nanos >= 0n ? nanos / 1000n : (nanos - 999n) / 1000n)),
} as const
