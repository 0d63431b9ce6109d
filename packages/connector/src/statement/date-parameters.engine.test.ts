import { startCluster } from 'e6data-local-cluster'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connect } from '../connect.ts'

/** Zones, and an instant during a change of their offset. */
const CHANGES: readonly (readonly [zone: string, change: string])[] = [
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['Z', '2026-07-01T12:00:00Z'],
]
const HOURS_AROUND = 30
const HOUR_MS = 3_600_000
const BINDINGS = ['client', 'server'] as const

describe('a Date as a parameter', () => {
  test.each(CHANGES)(
    'is the same instant regardless of the session zone: %s',
    { timeout: 60_000 },
    async (zone, change) => {
      await using cluster = await startCluster({ mode: 'in-process', rows: 1, adminPort: false, timeZone: zone })
      await using connection = await connect({
        url: cluster.url,
        types: { timestamp: 'date' },
        strategyStore: 'process',
      })
      await connection.query('CREATE TABLE seen(id INT, tz TIMESTAMPTZ, plain TIMESTAMP)')
      const middle = Date.parse(change)
      const nearby = fc.integer({ min: -HOURS_AROUND * HOUR_MS, max: HOURS_AROUND * HOUR_MS }).map((ms) => middle + ms)
      const anywhere = fc.integer({ min: Date.UTC(1, 0, 2), max: Date.UTC(9999, 11, 30) })
      const instants = fc.uniqueArray(fc.oneof(nearby, anywhere), { minLength: 1, maxLength: 8 })
      await fc.assert(
        fc.asyncProperty(instants, fc.constantFrom(...BINDINGS), async (millis, binding) => {
          const dates = millis.map((ms) => new Date(ms))
          await connection.query('DELETE FROM seen')
          await connection.query(`INSERT INTO seen VALUES ${dates.map(() => '(?, ?, ?)').join(', ')}`, {
            params: dates.flatMap((date, id) => [id, date, date]),
            binding,
          })
          const { rows } = await connection.query('SELECT tz, plain FROM seen ORDER BY id', { rowShape: 'array' })
          expect(rows).toEqual(dates.map((date) => [date, date]))
          for (const [id, date] of dates.entries()) {
            const found = await connection.query(
              'SELECT id FROM seen WHERE tz = ? AND plain = ? AND tz BETWEEN ? AND ? AND plain IN (?)',
              { params: [date, date, date, date, [date]], binding, rowShape: 'array' },
            )
            expect(found.rows).toEqual([[id]])
          }
        }),
        { numRuns: 12 },
      )
    },
  )

  test.each(BINDINGS)('on its own is a timestamp with time zone (bound by the %s)', async (binding) => {
    await using cluster = await startCluster({
      mode: 'in-process',
      rows: 1,
      adminPort: false,
      timeZone: 'Asia/Kolkata',
    })
    await using connection = await connect({ url: cluster.url, strategyStore: 'process' })
    const { rows } = await connection.query('SELECT ? AS at', {
      params: [new Date('2026-07-01T12:00:00.123Z')],
      binding,
    })
    expect(rows).toEqual([{ at: '2026-07-01T17:30:00.123000+05:30' }])
  })
})
