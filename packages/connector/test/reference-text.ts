/** Formats values in the simplest way, with whole calendars and BigInts, independently of the code under test. */

const MICROS_PER_SECOND = 1_000_000n
const SECONDS_PER_DAY = 86_400n
const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const DAYS_PER_400_YEARS = 146_097n

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return value % divisor < 0n ? quotient - 1n : quotient
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

/** Counts years, then months, from 1970-01-01, after removing whole periods of 400 years. */
function calendar(days: bigint): { year: number; month: number; day: number } {
  const periods = floorDivide(days, DAYS_PER_400_YEARS)
  let left = Number(days - periods * DAYS_PER_400_YEARS)
  let year = 1970
  for (;;) {
    const length = isLeap(year) ? 366 : 365
    if (left < length) break
    left -= length
    year += 1
  }
  let month = 0
  for (;;) {
    const length = month === 1 && isLeap(year) ? 29 : MONTHS[month]!
    if (left < length) break
    left -= length
    month += 1
  }
  return { year: year + Number(periods) * 400, month: month + 1, day: left + 1 }
}

const pad = (value: number | bigint, width: number) => String(value).padStart(width, '0')

function yearText(year: number): string {
  if (year < 0) return `-${pad(-year, 4)}`
  return year > 9999 ? `+${year}` : pad(year, 4)
}

export function referenceDate(micros: bigint): string {
  const { year, month, day } = calendar(floorDivide(micros, SECONDS_PER_DAY * MICROS_PER_SECOND))
  return `${yearText(year)}-${pad(month, 2)}-${pad(day, 2)}`
}

export function referenceTimestamp(micros: bigint, offsetSeconds = 0): string {
  const local = micros + BigInt(offsetSeconds) * MICROS_PER_SECOND
  const seconds = floorDivide(local, MICROS_PER_SECOND)
  const ofDay = Number(seconds - floorDivide(seconds, SECONDS_PER_DAY) * SECONDS_PER_DAY)
  const fraction = local - seconds * MICROS_PER_SECOND
  return (
    `${referenceDate(local)}T${pad(Math.floor(ofDay / 3600), 2)}:${pad(Math.floor(ofDay / 60) % 60, 2)}` +
    `:${pad(ofDay % 60, 2)}.${pad(fraction, 6)}${referenceOffset(offsetSeconds)}`
  )
}

export function referenceOffset(seconds: number): string {
  const size = Math.abs(seconds)
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, ...(size % 60 === 0 ? [] : [size % 60])]
  return `${seconds < 0 ? '-' : '+'}${parts.map((part) => pad(part, 2)).join(':')}`
}

export function referenceDuration(micros: bigint): string {
  const size = micros < 0n ? -micros : micros
  const parts = [
    [size / (SECONDS_PER_DAY * MICROS_PER_SECOND), 'D'],
    [(size / (3600n * MICROS_PER_SECOND)) % 24n, 'H'],
    [(size / (60n * MICROS_PER_SECOND)) % 60n, 'M'],
  ] as const
  const [days = '', hours = '', minutes = ''] = parts.map(([count, unit]) => (count === 0n ? '' : `${count}${unit}`))
  const ofMinute = size % (60n * MICROS_PER_SECOND)
  const fraction = ofMinute % MICROS_PER_SECOND
  const dot = fraction === 0n ? '' : `.${pad(fraction, 6)}`
  const seconds = ofMinute === 0n && size !== 0n ? '' : `${ofMinute / MICROS_PER_SECOND}${dot}S`
  const time = hours + minutes + seconds
  return `${micros < 0n ? '-' : ''}P${days}${time === '' ? '' : `T${time}`}`
}

export function referenceDecimal(unscaled: bigint, scale: number): string {
  const negative = unscaled < 0n
  const size = negative ? -unscaled : unscaled
  const sign = negative ? '-' : ''
  if (scale <= 0) return `${sign}${size * 10n ** BigInt(-scale)}`
  const unit = 10n ** BigInt(scale)
  return `${sign}${size / unit}.${pad(size % unit, scale)}`
}
