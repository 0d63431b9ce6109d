import { expect, it } from 'vitest'
import { referenceDate } from '../../test/reference-text.ts'
import { civilDay, dayOf, monthOf, yearOf } from './civil-day.ts'

const DAYS_PER_400_YEARS = 146_097
const MICROS_PER_DAY = 86_400_000_000n
/** The furthest day within 64 bits of microseconds, in both directions. */
const LAST_DAY = 106_751_991

const written = (days: number) => {
  const civil = civilDay(days)
  const [year, month, day] = [yearOf(civil), monthOf(civil), dayOf(civil)]
  const digits = String(Math.abs(year)).padStart(4, '0')
  const sign = year < 0 ? '-' : year > 9999 ? '+' : ''
  return `${sign}${digits}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

it('every day of 400 years agrees with the calendar, as do the first and last representable years', () => {
  const wrong: string[] = []
  for (const first of [-DAYS_PER_400_YEARS / 3, -LAST_DAY, LAST_DAY - 5000, -719_468 - 3000]) {
    const count = first === -DAYS_PER_400_YEARS / 3 ? DAYS_PER_400_YEARS : 5000
    for (let days = Math.floor(first); days < Math.floor(first) + count; days++) {
      const expected = referenceDate(BigInt(days) * MICROS_PER_DAY)
      if (written(days) !== expected) wrong.push(`${days}: ${written(days)} for ${expected}`)
    }
  }
  expect(wrong).toEqual([])
})
