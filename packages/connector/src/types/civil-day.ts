/** A day of the proleptic Gregorian calendar; year 0 is 1 BC. */
export interface CivilDay {
  year: number
  month: number
  day: number
}

const DAYS_PER_ERA = 146_097
/** Days from 0000-03-01, where eras of 400 years begin, to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468

/** Splits days since 1970-01-01 into year, month and day, into `into`, so that a column of them allocates nothing. */
export function civilFromDays(days: number, into: CivilDay): CivilDay {
  const shifted = days + DAYS_TO_EPOCH
  const era = Math.floor(shifted / DAYS_PER_ERA)
  // From here on everything is small and positive, where `| 0` divides fastest.
  const dayOfEra = (shifted - era * DAYS_PER_ERA) | 0
  const yearOfEra =
    ((dayOfEra - ((dayOfEra / 1460) | 0) + ((dayOfEra / 36_524) | 0) - ((dayOfEra / 146_096) | 0)) / 365) | 0
  const dayOfYear = (dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0))) | 0
  const shiftedMonth = ((5 * dayOfYear + 2) / 153) | 0
  into.day = (dayOfYear - (((153 * shiftedMonth + 2) / 5) | 0) + 1) | 0
  into.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  into.year = yearOfEra + era * 400 + (into.month <= 2 ? 1 : 0)
  return into
}
