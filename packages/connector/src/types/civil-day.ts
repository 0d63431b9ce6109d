/**
 * Days and dates of the proleptic Gregorian calendar, in which year 0 is 1 BC. A date is packed into one integer, so a
 * column of dates allocates nothing.
 */

const DAYS_PER_CENTURIES = 146_097
/** Four times the days from 0000-03-01, where the count of four-century periods starts, to 1970-01-01, plus three. */
const SHIFT = 4 * 719_468 + 3
const PER_CENTURIES = 1 / DAYS_PER_CENTURIES
const PER_FOUR_YEARS = 1 / 1461
/** The days from March to December; January and February of the next year follow. */
const DAYS_TO_JANUARY = 306

/**
 * Returns the date of a day since 1970-01-01, for every day within 64 bits of microseconds. Unpack it with `yearOf`,
 * `monthOf` and `dayOf`.
 *
 * Divisions are multiplications by a reciprocal. The added half keeps them exact, because no operand is that close to
 * the next whole quotient.
 */
export function civilDay(days: number): number {
  const quarters = 4 * days + SHIFT
  const century = Math.floor((quarters + 0.5) * PER_CENTURIES)
  const dayOfCentury = ((quarters - century * DAYS_PER_CENTURIES) | 0) >> 2
  const yearOfCentury = ((4 * dayOfCentury + 3.5) * PER_FOUR_YEARS) | 0
  const dayOfYear = dayOfCentury - ((1461 * yearOfCentury) >> 2)
  // A line through the lengths of the months, in 1/65536: its integer part is the month, its fraction grows with the
  // day.
  const line = 2141 * dayOfYear + 197_913
  const day = (Math.imul(line & 0xffff, 31_345) >>> 26) + 1
  const year = century * 100 + yearOfCentury
  return dayOfYear < DAYS_TO_JANUARY
    ? year * 512 + (line >> 16) * 32 + day
    : (year + 1) * 512 + ((line >> 16) - 12) * 32 + day
}

export function yearOf(civil: number): number {
  return civil >> 9
}

/** 1 to 12. */
export function monthOf(civil: number): number {
  return (civil >> 5) & 15
}

/** 1 to 31. */
export function dayOf(civil: number): number {
  return civil & 31
}
