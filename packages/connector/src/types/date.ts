import { type CivilDay, civilFromDays } from './civil-day.ts'

export const MICROS_PER_DAY = 86_400_000_000n
/** A `Date` reaches this many milliseconds from the epoch, either way. */
export const FURTHEST_DATE_MILLIS = 8_640_000_000_000_000

/** Days since 1970-01-01 of an instant in microseconds, rounded down. */
export function daysOfMicros(micros: bigint): number {
  const days = micros / MICROS_PER_DAY
  return Number(micros % MICROS_PER_DAY < 0n ? days - 1n : days)
}

/** ISO 8601 with years outside 0000 to 9999 signed: `2026-02-12`, `+11756-12-31`, `-0044-03-15`. */
export function dateText(days: number): string {
  const { year, month, day } = civilFromDays(days, { year: 0, month: 0, day: 0 } satisfies CivilDay)
  return `${yearText(year)}-${two(month)}-${two(day)}`
}

export function yearText(year: number): string {
  const digits = String(Math.abs(year)).padStart(4, '0')
  if (year < 0) return `-${digits}`
  return year > 9999 ? `+${digits}` : digits
}

export function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}
