import { DuckDBInstance } from '@duckdb/node-api'
import { decodeChunk, type EncodableColumn, encodeChunk } from 'e6data-connector/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { micros } from './columns.ts'

const ROWS = 3000
const SEED = 4
/** DuckDB's timestamps end a microsecond before 64 bits do, and its infinities lie there. */
const LATEST_MICROS = 9_223_372_036_854_775_805n
const EARLIEST_MICROS = -9_223_372_022_400_000_000n
/**
 * 1940 to 2024: rules of later years differ between editions of the zone data, and both sides have their own edition.
 */
const FIRST_RULE = -946_771_200_000_000n
const LAST_RULE = 1_735_689_599_999_999n

async function duckdb(sql: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(sql)
    return reader.getRows().map(([value]) => String(value))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function textsOf(column: EncodableColumn, rowCount: number): unknown[] {
  const batch = decodeChunk(encodeChunk([column], rowCount), [{ name: 'c', type: column.type, zone: '', format: '' }])
  return batch.toRows({ rowShape: 'array' }).map(([value]) => value)
}

const listed = (values: readonly bigint[]) => `unnest([${values.map((value) => `'${value}'`).join(',')}])`
const year = `CASE WHEN year(t) < 0 THEN printf('-%04d', -year(t)) WHEN year(t) > 9999 THEN printf('+%d', year(t)) ELSE printf('%04d', year(t)) END`
const instants = fc.sample(micros, { numRuns: ROWS, seed: SEED }).map((value) => {
  if (value > LATEST_MICROS) return LATEST_MICROS
  return value < EARLIEST_MICROS ? EARLIEST_MICROS : value
})

describe('formatted values equal those of DuckDB', () => {
  it('dates and timestamps of every year', async () => {
    const theirs = await duckdb(
      `SELECT ${year} || printf('-%02d-%02dT%02d:%02d:%02d.%06d+00:00', month(t), day(t), hour(t), minute(t), second(t), microsecond(t) % 1000000)
       FROM (SELECT make_timestamp(CAST(v AS BIGINT)) AS t FROM (SELECT ${listed(instants)} AS v))`,
    )
    const values = BigInt64Array.from(instants)
    expect(textsOf({ type: 'DATETIME', data: { kind: 'timestamp', micros: values } }, ROWS)).toEqual(theirs)
    expect(textsOf({ type: 'DATE', data: { kind: 'date', micros: values } }, ROWS)).toEqual(
      theirs.map((text) => text.slice(0, text.indexOf('T'))),
    )
  })

  it.each([0, 1, 2, 6, 12, 18, 19, 24, 37, 38])('decimals of 38 digits with scale %i', async (scale) => {
    const limit = 10n ** 38n - 1n
    const unscaled = fc
      .sample(fc.tuple(fc.bigInt({ min: -limit, max: limit }), fc.integer({ min: 0, max: 37 })), {
        numRuns: 500,
        seed: SEED,
      })
      .map(([value, shorter]) => value / 10n ** BigInt(shorter))
    const unit = 10n ** BigInt(scale)
    const plain = unscaled.map((value) => {
      const size = value < 0n ? -value : value
      return `'${value < 0n ? '-' : ''}${size / unit}.${String(size % unit).padStart(scale, '0')}'`
    })
    const theirs = await duckdb(
      `SELECT CAST(CAST(v AS DECIMAL(38, ${scale})) AS VARCHAR) FROM (SELECT unnest([${plain.join(',')}]) AS v)`,
    )
    const ours = textsOf({ type: 'DECIMAL128', data: { kind: 'decimal128', unscaled, scale } }, unscaled.length)
    expect(ours.map(withoutLeadingZero)).toEqual(theirs.map(withoutLeadingZero))
  })

  it.each([
    'America/New_York',
    'Europe/London',
    'America/St_Johns',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Pacific/Apia',
    'Asia/Tehran',
  ])('instants in %s, including daylight saving', async (zone) => {
    const values = fc.sample(fc.bigInt({ min: FIRST_RULE, max: LAST_RULE }), { numRuns: ROWS, seed: SEED })
    const theirs = await duckdb(
      `SELECT strftime(timezone('${zone}', make_timestamptz(CAST(v AS BIGINT))), '%Y-%m-%dT%H:%M:%S.%f')
       FROM (SELECT ${listed(values)} AS v)`,
    )
    const column = { kind: 'timestamp', micros: BigInt64Array.from(values), zones: zone } as const
    const ours = textsOf({ type: 'TIMESTAMP_TZ', data: column }, ROWS) as string[]
    expect(ours.map((text) => text.slice(0, 26))).toEqual(theirs)
    for (const [row, text] of ours.entries()) expect(BigInt(Date.parse(text))).toBe(floorThousand(values[row]!))
  })
})

/** DuckDB leaves the zero out when all 38 digits are after the point. */
function withoutLeadingZero(text: unknown): string {
  return String(text).replace(/^(-?)0\./, '$1.')
}

function floorThousand(value: bigint): bigint {
  return (value - (((value % 1000n) + 1000n) % 1000n)) / 1000n
}
