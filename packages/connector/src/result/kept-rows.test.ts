import { describe, expect, it } from 'vitest'
import { KeptRows } from './kept-rows.ts'

const NAMES = ['a', '__proto__']

function rowsOf(kept: KeptRows, count: number): unknown[] {
  const rows: unknown[] = []
  const columns = [Array.from({ length: count }, (_, row) => row), new Array(count).fill('x')]
  kept.assembler(NAMES, count)(rows, 0, columns, count)
  return rows
}

describe('the code that makes rows of one shape', () => {
  it('is kept from one result to the next, and is renewed after many rows, which are the same', () => {
    const kept = new KeptRows()
    const first = kept.assembler(NAMES, 1000)
    expect(kept.assembler([...NAMES], 1000)).toBe(first)
    expect(kept.assembler(['a', 'b'], 1000)).not.toBe(first)
    const before = rowsOf(kept, 3)
    kept.assembler(NAMES, 1_000_000)
    expect(kept.assembler(NAMES, 1)).not.toBe(first)
    expect(rowsOf(kept, 3)).toEqual(before)
    expect(before.map((row) => Object.entries(row as object))).toEqual(
      [0, 1, 2].map((row) => [
        ['a', row],
        ['__proto__', 'x'],
      ]),
    )
  })

  it('is remembered only for a limited number of shapes', () => {
    const kept = new KeptRows()
    const first = kept.assembler(NAMES, 1)
    for (let shape = 0; shape < 1000; shape++) kept.assembler([`column ${shape}`], 1)
    expect(kept.assembler(NAMES, 1)).not.toBe(first)
  })
})
