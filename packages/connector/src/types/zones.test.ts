import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZoneTable } from './zones.ts'

const NAMES = ['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Apia']
const SECONDS_PER_DAY = 86_400

describe('zones', () => {
  it('return the same offset regardless of earlier calls', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        fc.integer({ min: -1_000_000_000, max: 1_700_000_000 }),
        fc.array(fc.integer({ min: -40 * SECONDS_PER_DAY, max: 40 * SECONDS_PER_DAY }), {
          minLength: 5,
          maxLength: 20,
        }),
        (name, start, steps) => {
          const kept = new ZoneTable().find(name)!
          let instant = start
          for (const step of steps) {
            instant += step
            expect(kept.offsetAt(instant)).toBe(new ZoneTable().find(name)!.offsetAt(instant))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('change their offset at the exact second', () => {
    const newYork = new ZoneTable().find('America/New_York')!
    const change = Date.UTC(2024, 2, 10, 7) / 1000
    expect([change - 1, change].map((instant) => newYork.offsetAt(instant))).toEqual([-5 * 3600, -4 * 3600])
  })

  it('are the same in any spelling, and undefined for an unknown name', () => {
    const table = new ZoneTable()
    expect(table.find('europe/london')).toBe(table.find('Europe/London'))
    expect(table.find('Z')!.fixedOffset).toBe(0)
    expect(table.find('-03:30')!.fixedOffset).toBe(-12_600)
    for (const text of ['', 'z ', '+18:01', '+1:00', 'Moon/Base', '../etc', 'UTC+1:00'])
      expect(table.find(text)).toBeUndefined()
  })
})
