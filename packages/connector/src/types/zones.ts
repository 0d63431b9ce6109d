/** A time zone in a row: `Z`, an offset such as `+05:30`, or an IANA name such as `Europe/London`. */
export interface Zone {
  /** The first string that named it. */
  readonly id: string
  /** The constant offset in seconds east of UTC; `undefined` for zones with rules. */
  readonly fixedOffset: number | undefined
  /** Returns the seconds east of UTC at an instant given in whole seconds since the epoch. */
  offsetAt(epochSeconds: number): number
}

const OFFSET = /^([+-])(\d\d):(\d\d)(?::(\d\d))?$/
/** The widest offset in `java.time`, the source of the engine's zones. */
const WIDEST_OFFSET_SECONDS = 18 * 3600
const NAME = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/
const SECONDS_PER_DAY = 86_400
/** The end of JavaScript's dates; the rules are the same beyond it. */
const LAST_SECOND_OF_DATE = 8_640_000_000_000
/** The number of days whose offset a zone caches before it starts over. */
const REMEMBERED_DAYS = 16_384

/** Zones by name, each looked up once. A table may serve any number of batches. */
export class ZoneTable {
  private readonly known = new Map<string, Zone>()

  /** @returns `undefined` for an unknown zone. */
  find(text: string): Zone | undefined {
    const key = text.toLowerCase()
    const known = this.known.get(key)
    if (known) return known
    const zone = readZone(text)
    if (zone) this.known.set(key, zone)
    return zone
  }
}

export const UTC: Zone = fixedZone('Z', 0)

function readZone(text: string): Zone | undefined {
  if (text === 'Z') return UTC
  const offset = OFFSET.exec(text)
  if (offset) return readOffset(text, offset)
  if (!NAME.test(text)) return undefined
  try {
    return new NamedZone(text)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function readOffset(text: string, [, sign, hours, minutes, seconds]: RegExpExecArray): Zone | undefined {
  if (Number(minutes) > 59 || Number(seconds ?? 0) > 59) return undefined
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)
  if (size > WIDEST_OFFSET_SECONDS) return undefined
  return fixedZone(text, sign === '-' ? -size : size)
}

function fixedZone(id: string, offset: number): Zone {
  return { id, fixedOffset: offset, offsetAt: () => offset }
}

/**
 * A zone with rules from the runtime's own data. Almost every day has one offset, so it is looked up once per day; on
 * the few days with a change, for each second.
 */
class NamedZone implements Zone {
  readonly fixedOffset = undefined
  private readonly format: Intl.DateTimeFormat
  /** The offset by day since the epoch; `undefined` for days on which it changes. */
  private readonly days = new Map<number, number | undefined>()
  private lastDay = Number.NaN
  private lastOffset = 0

  constructor(readonly id: string) {
    this.format = new Intl.DateTimeFormat('en-US', { timeZone: id, timeZoneName: 'longOffset', hour: 'numeric' })
  }

  offsetAt(epochSeconds: number): number {
    const day = Math.floor(epochSeconds / SECONDS_PER_DAY)
    if (day === this.lastDay) return this.lastOffset
    const offset = this.offsetOfDay(day)
    if (offset === undefined) return this.ask(epochSeconds)
    this.lastDay = day
    this.lastOffset = offset
    return offset
  }

  private offsetOfDay(day: number): number | undefined {
    if (this.days.has(day)) return this.days.get(day)
    const first = this.ask(day * SECONDS_PER_DAY)
    const last = this.ask((day + 1) * SECONDS_PER_DAY - 1)
    const offset = first === last ? first : undefined
    if (this.days.size >= REMEMBERED_DAYS) this.days.clear()
    this.days.set(day, offset)
    return offset
  }

  private ask(epochSeconds: number): number {
    const seconds = Math.min(Math.max(epochSeconds, -LAST_SECOND_OF_DATE), LAST_SECOND_OF_DATE)
    const text = this.format.format(seconds * 1000)
    const mark = text.lastIndexOf('GMT')
    const sign = text.charAt(mark + 3)
    if (sign === '') return 0
    const [hours = 0, minutes = 0, rest = 0] = text
      .slice(mark + 4)
      .split(':')
      .map(Number)
    const size = hours * 3600 + minutes * 60 + rest
    return sign === '+' ? size : -size
  }
}
