import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
import type { Vector } from 'e6data-connector/wire'
import { CommandError } from '../command-error.ts'

export type DuckDb = typeof import('@duckdb/node-api')

/** Digits of the widest decimals of both engines. */
const DECIMAL_DIGITS = 38

const MICROS_PER_DAY = 86_400_000_000n

type Convert = (value: unknown) => DuckDBValue

/** What a column becomes in DuckDB: its type, and its values. */
export class ParquetColumn {
  /** How rows are read for DuckDB. */
  static readonly types = {
    int64: 'bigint',
    decimal: 'string',
    date: 'micros',
    timestamp: 'micros',
    nested: 'text',
    binary: 'bytes',
  } as const

  private constructor(
    readonly type: DuckDBType,
    private readonly convert: Convert,
  ) {}

  /** @param vector some values of the column, which say the scale of decimals */
  static of(duckDb: DuckDb, type: string, vector: Vector | undefined): ParquetColumn {
    const same: Convert = (value) => value as DuckDBValue
    const plain = (duckDbType: DuckDBType) => new ParquetColumn(duckDbType, same)
    switch (type) {
      case 'LONG':
        return plain(duckDb.BIGINT)
      case 'INTEGER':
      case 'INT':
        return plain(duckDb.INTEGER)
      case 'SHORT':
        return plain(duckDb.SMALLINT)
      case 'BYTE':
        return plain(duckDb.TINYINT)
      case 'DOUBLE':
        return plain(duckDb.DOUBLE)
      case 'FLOAT':
        return plain(duckDb.FLOAT)
      case 'BOOLEAN':
        return plain(duckDb.BOOLEAN)
      case 'BINARY':
        return new ParquetColumn(duckDb.BLOB, (value) => new duckDb.DuckDBBlobValue(value as Uint8Array))
      case 'DATE':
        return new ParquetColumn(
          duckDb.DATE,
          (value) => new duckDb.DuckDBDateValue(Number((value as bigint) / MICROS_PER_DAY)),
        )
      case 'DATETIME':
      case 'TIMESTAMP':
        return new ParquetColumn(duckDb.TIMESTAMP, (value) => new duckDb.DuckDBTimestampValue(value as bigint))
      case 'TIMESTAMP_TZ':
        return new ParquetColumn(duckDb.TIMESTAMPTZ, (value) => new duckDb.DuckDBTimestampTZValue(value as bigint))
      case 'DECIMAL128':
        return ParquetColumn.decimal(duckDb, vector?.kind === 'decimal' ? vector.scale : 0)
      default:
        // Arrays, maps and structs are JSON, whose inner types nobody has told.
        return plain(duckDb.VARCHAR)
    }
  }

  private static decimal({ DECIMAL, DuckDBDecimalValue }: DuckDb, scale: number): ParquetColumn {
    const convert = (value: unknown) => new DuckDBDecimalValue(unscaled(value as string, scale), DECIMAL_DIGITS, scale)
    return new ParquetColumn(DECIMAL(DECIMAL_DIGITS, scale), convert)
  }

  value(value: unknown): DuckDBValue {
    return value === null ? null : this.convert(value)
  }
}

/** `'1.50'` at a scale of 2 is 150. */
function unscaled(decimal: string, scale: number): bigint {
  const [whole = '', fraction = ''] = decimal.split('.')
  if (fraction.length > scale)
    throw new CommandError(
      'the scale of a decimal column changes within the result, which Parquet has no type for',
      'failed',
    )
  return BigInt(whole + fraction.padEnd(scale, '0'))
}
