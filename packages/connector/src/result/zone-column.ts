import { DecodeError } from '../errors.ts'
import { UTC, type Zone } from '../types/zones.ts'
import type { VectorSource } from './vector-source.ts'

export interface ZoneColumn {
  readonly zones: readonly Zone[]
  readonly zoneIds: Uint16Array | undefined
}

/** No database has this many time zones, in any spelling; a column with more is hostile. */
const MOST_ZONES = 4096

export const UTC_ONLY: ZoneColumn = { zones: [UTC], zoneIds: undefined }

/**
 * Reads the zone of each row. Most rows have the same zone as the row before, so that is compared first.
 * @throws DecodeError for an unknown zone in a row that is not null.
 */
export function readZones(
  source: VectorSource,
  starts: Uint32Array | undefined,
  nulls: Uint8Array | undefined,
  valueCount: number,
): ZoneColumn {
  if (starts === undefined || starts.length === 1) return UTC_ONLY
  const given = starts.length - 1
  if (given < valueCount && given !== 1) {
    throw new DecodeError(`column "${source.field.name}" has ${given} zones for ${valueCount} rows`)
  }
  const { bytes } = source.reader
  const zones: Zone[] = []
  const ids = new Map<string, number>()
  const shared = given < valueCount
  const zoneIds = new Uint16Array(shared ? 1 : valueCount)
  let previous = -1
  for (let row = 0; row < zoneIds.length; row++) {
    if (!shared && nulls !== undefined && nulls[row] !== 0) continue
    const from = starts[row]!
    const to = starts[row + 1]! - 4
    if (previous >= 0 && sameText(bytes, starts[previous]!, starts[previous + 1]! - 4, from, to)) {
      zoneIds[row] = zoneIds[previous]!
    } else {
      zoneIds[row] = idOf(bytes.toString('latin1', from, Math.min(to, from + 80)))
    }
    previous = row
  }
  return { zones: zones.length === 0 ? [UTC] : zones, zoneIds: zones.length > 1 ? zoneIds : undefined }

  function idOf(text: string): number {
    const known = ids.get(text)
    if (known !== undefined) return known
    const zone = source.zones.find(text)
    if (zone === undefined || zones.length === MOST_ZONES) {
      throw new DecodeError(`column "${source.field.name}" has an unknown time zone "${text}"`)
    }
    ids.set(text, zones.length)
    zones.push(zone)
    return zones.length - 1
  }
}

function sameText(bytes: Uint8Array, from: number, to: number, otherFrom: number, otherTo: number): boolean {
  if (to - from !== otherTo - otherFrom) return false
  for (let index = to - from - 1; index >= 0; index--) {
    if (bytes[from + index] !== bytes[otherFrom + index]) return false
  }
  return true
}
