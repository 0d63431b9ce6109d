import { dateText, daysOfMicros, MICROS_PER_DAY, two } from './date.ts'
import type { Zone } from './zones.ts'

const MICROS_PER_SECOND = 1_000_000n

/** ISO 8601 with six digits of a second and the zone's offset at that instant: `2026-02-12T15:14:15.123456+00:00`. */
export function timestampText(micros: bigint, zone: Zone): string {
  const offset = zone.offsetAt(Number(floorDivide(micros, MICROS_PER_SECOND)))
  const local = micros + BigInt(offset) * MICROS_PER_SECOND
  const days = daysOfMicros(local)
  const ofDay = Number(local - BigInt(days) * MICROS_PER_DAY)
  const second = Math.floor(ofDay / 1_000_000)
  const fraction = String(ofDay % 1_000_000).padStart(6, '0')
  const time = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
  return `${dateText(days)}T${time}.${fraction}${offsetText(offset)}`
}

/** `+05:30`; offsets of old local times keep their seconds: `+05:53:28`. */
export function offsetText(offsetSeconds: number): string {
  const size = Math.abs(offsetSeconds)
  const text = `${offsetSeconds < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}`
  return size % 60 === 0 ? text : `${text}:${two(size % 60)}`
}

export function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return value % divisor < 0n ? quotient - 1n : quotient
}
