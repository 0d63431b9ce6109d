import { civilDay, dayOf, monthOf, yearOf } from './civil-day.ts'
import { writeFour, writeSix, writeTwo, ZERO } from './digits.ts'

export const SECONDS_PER_DAY = 86_400
/** The maximum distance of a `Date` from the epoch, in milliseconds. */
export const FURTHEST_DATE_MILLIS = 8_640_000_000_000_000

const PLUS = 43
const DASH = 45

/**
 * Writes a day since 1970-01-01 as ISO 8601, with a sign for years outside 0000 to 9999: `2026-02-12`, `+11756-12-31`,
 * `-0044-03-15`.
 * @returns the end of the string.
 */
export function writeDate(bytes: Uint8Array, at: number, days: number): number {
  const civil = civilDay(days)
  const year = yearOf(civil)
  const end = year >= 0 && year <= 9999 ? at + 4 : writeFarYear(bytes, at, year)
  if (end === at + 4) writeFour(bytes, at, year)
  bytes[end] = DASH
  writeTwo(bytes, end + 1, monthOf(civil))
  bytes[end + 3] = DASH
  writeTwo(bytes, end + 4, dayOf(civil))
  return end + 6
}

function writeFarYear(bytes: Uint8Array, at: number, year: number): number {
  const size = Math.abs(year)
  bytes[at] = year < 0 ? DASH : PLUS
  if (size >= 100_000) {
    writeSix(bytes, at + 1, size)
    return at + 7
  }
  if (size >= 10_000) {
    writeTwo(bytes, at + 1, (size / 1000) | 0)
    writeTwo(bytes, at + 4, size % 100)
    bytes[at + 3] = ZERO + (((size / 100) | 0) % 10)
    return at + 6
  }
  writeFour(bytes, at + 1, size)
  return at + 5
}
