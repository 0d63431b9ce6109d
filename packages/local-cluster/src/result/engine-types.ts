import { type DuckDBDecimalType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import type { EncodableColumn } from 'e6data-connector/wire'
import type { ColumnBuilder } from './column-builder.ts'
import { DecimalColumn, type DecimalStorage } from './decimal-column.ts'
import { FixedColumn } from './fixed-column.ts'
import { FIXED_LAYOUTS, zonedTimestamps } from './fixed-layouts.ts'
import { IntervalColumn } from './interval-column.ts'
import { TextColumn } from './text-column.ts'
import { NullColumn, nestedText, spelledText, ValueColumn } from './value-column.ts'
import { isZonedTimestamp, ZonedColumn } from './zoned-column.ts'

/** An engine's name of a type, as in result metadata and column lists. */
export type EngineTypeName = EncodableColumn['type']

interface TypeRule {
  type: EngineTypeName
  build(type: DuckDBType, columnIndex: number, capacity: number, timeZone: string): ColumnBuilder
}

function fixed<Layout extends keyof typeof FIXED_LAYOUTS>(layout: Layout): TypeRule {
  const chosen = FIXED_LAYOUTS[layout]
  return {
    type: chosen.type,
    build: (_type, columnIndex, capacity) => new FixedColumn<never>(chosen as never, columnIndex, capacity),
  }
}

function wideInteger(storage: DecimalStorage): TypeRule {
  return {
    type: 'DECIMAL128',
    build: (_type, columnIndex, capacity) => new DecimalColumn(storage, 0, columnIndex, capacity),
  }
}

function text(type: 'STRING' | 'BINARY'): TypeRule {
  return { type, build: (_type, columnIndex, capacity) => new TextColumn(type, columnIndex, capacity) }
}

function nested(type: 'ARRAY' | 'MAP' | 'STRUCT'): TypeRule {
  return { type, build: (from, columnIndex) => new ValueColumn(type, nestedText(from), columnIndex) }
}

/** Types that the engine lacks are sent as strings. */
const AS_TEXT: TypeRule = {
  type: 'STRING',
  build: (_type, columnIndex) => new ValueColumn('STRING', spelledText, columnIndex),
}

const ZONED: TypeRule = {
  type: 'TIMESTAMP_TZ',
  build: (_type, columnIndex, capacity) => new ZonedColumn(columnIndex, capacity),
}

/** DuckDB's types and the engine's types they become; a type not listed is sent as a string. */
const TYPE_RULES: Readonly<Partial<Record<DuckDBTypeId, TypeRule>>> = {
  [DuckDBTypeId.BOOLEAN]: fixed('boolean'),
  [DuckDBTypeId.TINYINT]: fixed('int8'),
  [DuckDBTypeId.UTINYINT]: fixed('uint8'),
  [DuckDBTypeId.SMALLINT]: fixed('int16'),
  [DuckDBTypeId.USMALLINT]: fixed('uint16'),
  [DuckDBTypeId.INTEGER]: fixed('int32'),
  [DuckDBTypeId.UINTEGER]: fixed('uint32'),
  [DuckDBTypeId.BIGINT]: fixed('int64'),
  [DuckDBTypeId.UBIGINT]: wideInteger('uint64'),
  [DuckDBTypeId.HUGEINT]: wideInteger('int128'),
  [DuckDBTypeId.FLOAT]: fixed('float32'),
  [DuckDBTypeId.DOUBLE]: fixed('float64'),
  [DuckDBTypeId.DECIMAL]: {
    type: 'DECIMAL128',
    build(type, columnIndex, capacity) {
      const { width, scale } = type as DuckDBDecimalType
      return new DecimalColumn(decimalStorage(width), scale, columnIndex, capacity)
    },
  },
  [DuckDBTypeId.DATE]: fixed('date'),
  [DuckDBTypeId.TIMESTAMP]: fixed('timestamp'),
  [DuckDBTypeId.TIMESTAMP_S]: fixed('timestampSeconds'),
  [DuckDBTypeId.TIMESTAMP_MS]: fixed('timestampMillis'),
  [DuckDBTypeId.TIMESTAMP_NS]: fixed('timestampNanos'),
  [DuckDBTypeId.TIMESTAMP_TZ]: {
    type: 'TIMESTAMP_TZ',
    build: (_type, columnIndex, capacity, timeZone) =>
      new FixedColumn(zonedTimestamps(timeZone), columnIndex, capacity),
  },
  [DuckDBTypeId.INTERVAL]: {
    type: 'INTERVAL_DAY_SECOND',
    build: (_type, columnIndex, capacity) => new IntervalColumn(columnIndex, capacity),
  },
  [DuckDBTypeId.VARCHAR]: text('STRING'),
  [DuckDBTypeId.BLOB]: text('BINARY'),
  [DuckDBTypeId.LIST]: nested('ARRAY'),
  [DuckDBTypeId.ARRAY]: nested('ARRAY'),
  [DuckDBTypeId.MAP]: nested('MAP'),
  [DuckDBTypeId.STRUCT]: nested('STRUCT'),
  [DuckDBTypeId.SQLNULL]: { type: 'NULL', build: () => new NullColumn() },
}

/** DuckDB's rule for the storage of a decimal: by the number of its digits. */
function decimalStorage(width: number): DecimalStorage {
  if (width <= 4) return 'int16'
  if (width <= 9) return 'int32'
  return width <= 18 ? 'int64' : 'int128'
}

function ruleOf(type: DuckDBType): TypeRule {
  if (isZonedTimestamp(type)) return ZONED
  return TYPE_RULES[type.typeId] ?? AS_TEXT
}

export function engineTypeName(type: DuckDBType): EngineTypeName {
  return ruleOf(type).type
}

/** @param timeZone the zone of timestamps with time zone: an offset, an IANA name, or `Z`. */
export function columnBuilder(
  type: DuckDBType,
  columnIndex: number,
  capacity: number,
  timeZone: string,
): ColumnBuilder {
  return ruleOf(type).build(type, columnIndex, capacity, timeZone)
}
