import { EVEN_DATES, findCivils, writeDates, writeEvenDates } from './instant-block.ts'
import type { TextBlock } from './text-block.ts'

/** The number of cached days, each at the index given by its lowest bits: 90 consecutive years. */
const PLACES = 1 << 15
/** Columns with fewer dates than this are not worth the memory. */
const FEW_DATES = 1024

/**
 * A cache of formatted dates. Most columns repeat their dates, and rows that share a string are far cheaper to make and
 * keep.
 */
export class DateTexts {
  private seen = 0
  private keys: Int32Array | undefined
  private texts: string[] = []
  private readonly missing: unknown[] = []

  /** Formats the days in the block. */
  fill(block: TextBlock, into: unknown[], from: number, count: number, nulls: Uint8Array | undefined): void {
    this.seen += count
    if (this.seen <= FEW_DATES) {
      writeAll(block, into, from, count, nulls)
      return
    }
    this.keys ??= this.open()
    this.lookUp(block, into, from, count, nulls, this.keys)
  }

  private open(): Int32Array {
    this.texts = new Array<string>(PLACES).fill('')
    // Initially, no index holds a day that maps to it.
    return new Int32Array(PLACES).fill(1).fill(0, 1, 2)
  }

  private lookUp(
    block: TextBlock,
    into: unknown[],
    from: number,
    count: number,
    nulls: Uint8Array | undefined,
    keys: Int32Array,
  ): void {
    const { texts, missing } = this
    const { days, rows } = block
    let misses = 0
    for (let row = 0; row < count; row++) {
      const day = days[row]!
      const place = day & (PLACES - 1)
      if (nulls !== undefined && nulls[from + row] !== 0) {
        into[row] = null
      } else if (keys[place] === day) {
        into[row] = texts[place]
      } else {
        rows[misses] = row
        days[misses] = day
        misses += 1
      }
    }
    if (misses === 0) return
    writeAll(block, missing, 0, misses, undefined)
    for (let miss = 0; miss < misses; miss++) {
      const day = days[miss]!
      const place = day & (PLACES - 1)
      keys[place] = day
      texts[place] = missing[miss] as string
      into[rows[miss]!] = missing[miss]
    }
  }
}

function writeAll(block: TextBlock, into: unknown[], from: number, count: number, nulls: Uint8Array | undefined): void {
  if (findCivils(block, count)) {
    writeEvenDates(block, count)
    block.cutEven(into, from, count, EVEN_DATES, nulls)
  } else {
    block.cut(into, from, count, writeDates(block, count), nulls)
  }
}
