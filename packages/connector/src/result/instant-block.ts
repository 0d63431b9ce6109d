import { civilDay, dayOf, monthOf, yearOf } from '../types/civil-day.ts'
import { SECONDS_PER_DAY, writeDate } from '../types/date.ts'
import { TWO_DIGITS } from '../types/digits.ts'
import { microsOfSecond, secondsOf, writeTimestamp } from '../types/timestamp.ts'
import { CAN_WRITE_WORDS, type EvenTexts, type TextBlock } from './text-block.ts'
import type { TimestampVector } from './vector.ts'

/** The passes that format a block of instants in microseconds. */

const COLON = 58
const DASH = 45
const DIGIT_0 = 48
const LETTER_T = 84
const PLUS = 43
const POINT = 46

/** `2026-02-12`, in three words. */
export const EVEN_DATES: EvenTexts = { stride: 12, width: 10 }
/** `2026-02-12T15:14:15.123456+00:00`, in eight words. */
export const EVEN_TIMESTAMPS: EvenTexts = { stride: 32, width: 32 }
/** Packed dates from 0000-01-01 up to but excluding 10000-01-01: their years have four digits and no sign. */
const FIRST_CIVIL = 0
const LAST_CIVIL = (9999 << 9) + 511

const MICROS_BYTES = 8

/** Looks up the UTC offset of each row. */
export function findOffsets(block: TextBlock, vector: TimestampVector, from: number, count: number): void {
  const { offsets } = block
  const { zones, zoneIds } = vector
  const { view, at } = vector.received
  const only = zones[0]!
  if (zoneIds === undefined && only.fixedOffset !== undefined) {
    offsets.fill(only.fixedOffset, 0, count)
    return
  }
  for (let row = 0; row < count; row++) {
    const zone = zoneIds === undefined ? only : zones[zoneIds[from + row]!]!
    const place = at + (from + row) * MICROS_BYTES
    offsets[row] = zone.fixedOffset ?? zone.offsetAt(secondsOf(view.getInt32(place), view.getInt32(place + 4)))
  }
}

/** Splits instants, the first at byte `at`, into day, second and microsecond at their offset. */
export function splitInstants(block: TextBlock, view: DataView, at: number, from: number, count: number): void {
  const { days, secondsOfDay, micros, offsets } = block
  for (let row = 0; row < count; row++) {
    const place = at + (from + row) * MICROS_BYTES
    const high = view.getInt32(place)
    const low = view.getInt32(place + 4)
    const local = secondsOf(high, low) + offsets[row]!
    const day = Math.floor(local / SECONDS_PER_DAY)
    days[row] = day
    secondsOfDay[row] = local - day * SECONDS_PER_DAY
    micros[row] = microsOfSecond(high, low)
  }
}

export function splitDays({ days }: TextBlock, view: DataView, at: number, from: number, count: number): void {
  for (let row = 0; row < count; row++) {
    const place = at + (from + row) * MICROS_BYTES
    days[row] = Math.floor(secondsOf(view.getInt32(place), view.getInt32(place + 4)) / SECONDS_PER_DAY)
  }
}

/** @returns whether all years are from 0 to 9999, so dates have ten characters and can be written word by word. */
export function findCivils(block: TextBlock, count: number): boolean {
  const { days, civils } = block
  let even = CAN_WRITE_WORDS
  for (let row = 0; row < count; row++) {
    const civil = civilDay(days[row]!)
    civils[row] = civil
    even = even && civil >= FIRST_CIVIL && civil <= LAST_CIVIL
  }
  return even
}

export function writeEvenDates({ civils, words }: TextBlock, count: number): void {
  for (let row = 0; row < count; row++) {
    const civil = civils[row]!
    const year = yearOf(civil)
    const century = (year / 100) | 0
    const at = row * 3
    words[at] = TWO_DIGITS[century]! | (TWO_DIGITS[year - century * 100]! << 16)
    words[at + 1] = DASH | (TWO_DIGITS[monthOf(civil)]! << 8) | (DASH << 24)
    words[at + 2] = TWO_DIGITS[dayOf(civil)]!
  }
}

/** @returns the end of the last string. */
export function writeDates({ bytes, days, begins, ends }: TextBlock, count: number): number {
  let at = 0
  for (let row = 0; row < count; row++) {
    begins[row] = at
    at = writeDate(bytes, at, days[row]!)
    ends[row] = at
  }
  return at
}

/** @returns whether all offsets are whole minutes, so each has six characters. */
export function areOffsetsEven({ offsets }: TextBlock, count: number): boolean {
  for (let row = 0; row < count; row++) if (offsets[row]! % 60 !== 0) return false
  return true
}

export function writeEvenTimestamps(block: TextBlock, count: number): void {
  const { civils, secondsOfDay, micros, offsets, words } = block
  for (let row = 0; row < count; row++) {
    const civil = civils[row]!
    const year = yearOf(civil)
    const century = (year / 100) | 0
    const second = secondsOfDay[row]!
    const minute = (second / 60) | 0
    const hour = (minute / 60) | 0
    const hourDigits = TWO_DIGITS[hour]!
    const micro = micros[row]!
    const hundreds = (micro / 100) | 0
    const tenThousands = (hundreds / 100) | 0
    const at = row * 8
    words[at] = TWO_DIGITS[century]! | (TWO_DIGITS[year - century * 100]! << 16)
    words[at + 1] = DASH | (TWO_DIGITS[monthOf(civil)]! << 8) | (DASH << 24)
    words[at + 2] = TWO_DIGITS[dayOf(civil)]! | (LETTER_T << 16) | (hourDigits << 24)
    words[at + 3] = (hourDigits >> 8) | (COLON << 8) | (TWO_DIGITS[minute - hour * 60]! << 16)
    words[at + 4] = COLON | (TWO_DIGITS[second - minute * 60]! << 8) | (POINT << 24)
    words[at + 5] = TWO_DIGITS[tenThousands]! | (TWO_DIGITS[hundreds - tenThousands * 100]! << 16)
    words[at + 6] = TWO_DIGITS[micro - hundreds * 100]! | (PLUS << 16) | (DIGIT_0 << 24)
    words[at + 7] = DIGIT_0 | (COLON << 8) | (DIGIT_0 << 16) | (DIGIT_0 << 24)
  }
  for (let row = 0; row < count; row++) if (offsets[row] !== 0) writeEvenOffset(words, row * 8 + 6, offsets[row]!)
}

function writeEvenOffset(words: Int32Array, at: number, offset: number): void {
  const minute = (Math.abs(offset) / 60) | 0
  const hour = (minute / 60) | 0
  const hourDigits = TWO_DIGITS[hour]!
  words[at] = (words[at]! & 0xffff) | ((offset < 0 ? DASH : PLUS) << 16) | (hourDigits << 24)
  words[at + 1] = (hourDigits >> 8) | (COLON << 8) | (TWO_DIGITS[minute - hour * 60]! << 16)
}

/** @returns the end of the last string. */
export function writeTimestamps(block: TextBlock, count: number): number {
  const { bytes, days, secondsOfDay, micros, offsets, begins, ends } = block
  let at = 0
  for (let row = 0; row < count; row++) {
    begins[row] = at
    at = writeTimestamp(bytes, at, days[row]!, secondsOfDay[row]!, micros[row]!, offsets[row]!)
    ends[row] = at
  }
  return at
}
