import { writeDate } from './date.ts'
import { writeSix, writeTwo } from './digits.ts'

const COLON = 58
const LETTER_T = 84
const POINT = 46
const PLUS = 43
const DASH = 45

/**
 * Returns the whole seconds of a 64-bit count of microseconds, rounded down. The count is given as two 32-bit words,
 * because a number cannot represent it: with 2^32 = 4294 * 10^6 + 967 296 every step stays exact.
 */
export function secondsOf(high: number, low: number): number {
  return high * 4294 + Math.floor((high * 967_296 + (low >>> 0)) / 1e6)
}

/** Returns the microseconds that {@link secondsOf} leaves: 0 to 999 999. */
export function microsOfSecond(high: number, low: number): number {
  const rest = high * 967_296 + (low >>> 0)
  return (rest - Math.floor(rest / 1e6) * 1e6) | 0
}

/**
 * Writes a local day since 1970-01-01 and time of day as ISO 8601 with the UTC offset:
 * `2026-02-12T15:14:15.123456+00:00`.
 * @returns the end of the string.
 */
export function writeTimestamp(
  bytes: Uint8Array,
  at: number,
  days: number,
  secondOfDay: number,
  micros: number,
  offsetSeconds: number,
): number {
  const time = writeDate(bytes, at, days)
  bytes[time] = LETTER_T
  writeTimeOfDay(bytes, time + 1, secondOfDay)
  bytes[time + 9] = POINT
  writeSix(bytes, time + 10, micros)
  return writeOffset(bytes, time + 16, offsetSeconds)
}

function writeTimeOfDay(bytes: Uint8Array, at: number, seconds: number): void {
  const hours = (seconds / 3600) | 0
  const ofHour = seconds - hours * 3600
  const minutes = (ofHour / 60) | 0
  writeTwo(bytes, at, hours)
  bytes[at + 2] = COLON
  writeTwo(bytes, at + 3, minutes)
  bytes[at + 5] = COLON
  writeTwo(bytes, at + 6, ofHour - minutes * 60)
}

/** `+05:30`; historical local times have offsets with seconds: `+05:53:28`. */
function writeOffset(bytes: Uint8Array, at: number, offsetSeconds: number): number {
  const size = Math.abs(offsetSeconds)
  bytes[at] = offsetSeconds < 0 ? DASH : PLUS
  const hours = (size / 3600) | 0
  const ofHour = size - hours * 3600
  const minutes = (ofHour / 60) | 0
  const seconds = ofHour - minutes * 60
  writeTwo(bytes, at + 1, hours)
  bytes[at + 3] = COLON
  writeTwo(bytes, at + 4, minutes)
  if (seconds === 0) return at + 6
  bytes[at + 6] = COLON
  writeTwo(bytes, at + 7, seconds)
  return at + 9
}
