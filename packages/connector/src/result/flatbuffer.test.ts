import { describe, expect, it } from 'vitest'
import { type Node, writeFlatBuffer } from './flatbuffer.ts'

/** A reader of FlatBuffers written from the specification. */
class Reader {
  private readonly view: DataView

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get root(): number {
    return this.follow(0)
  }

  follow(at: number): number {
    return at + this.view.getUint32(at, true)
  }

  /** The position of a table's slot, or `undefined` when it was omitted. */
  slot(table: number, slot: number): number | undefined {
    const index = table - this.view.getInt32(table, true)
    if (4 + slot * 2 >= this.view.getUint16(index, true)) return undefined
    const offset = this.view.getUint16(index + 4 + slot * 2, true)
    return offset === 0 ? undefined : table + offset
  }

  text(at: number): string {
    const start = this.follow(at)
    return new TextDecoder().decode(this.bytes.subarray(start + 4, start + 4 + this.view.getUint32(start, true)))
  }

  int64(at: number): bigint {
    return this.view.getBigInt64(at, true)
  }

  int16(at: number): number {
    return this.view.getInt16(at, true)
  }

  count(list: number): number {
    return this.view.getUint32(list, true)
  }
}

describe('a FlatBuffer', () => {
  it.each(Array.from({ length: 17 }, (_, length) => length))(
    'aligns every value to its size, whatever precedes it (text of %i)',
    (length) => {
      const text = 'x'.repeat(length)
      const root: Node = {
        table: [
          { refers: { text } },
          { int8: 1 },
          { int64: 2 ** 40 },
          undefined,
          { int16: -2 },
          {
            refers: {
              pairs: [
                [1, 2],
                [3, 2 ** 33],
              ],
            },
          },
        ],
      }
      const reader = new Reader(writeFlatBuffer(root))
      const [name, , long, absent, short, pairs] = [0, 1, 2, 3, 4, 5].map((slot) => reader.slot(reader.root, slot))
      expect(reader.text(name!)).toBe(text)
      expect([long! % 8, short! % 2, absent]).toEqual([0, 0, undefined])
      expect([reader.int64(long!), reader.int16(short!)]).toEqual([BigInt(2 ** 40), -2])
      const list = reader.follow(pairs!)
      expect((list + 4) % 8).toBe(0)
      expect(reader.count(list)).toBe(2)
      expect([4, 12, 20, 28].map((offset) => reader.int64(list + offset))).toEqual([1n, 2n, 3n, BigInt(2 ** 33)])
      expect(reader.bytes.length % 8).toBe(0)
    },
  )

  it('grows with what it holds', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `column ${index}`)
    const list = names.map((text): Node => ({ table: [{ refers: { text } }] }))
    const reader = new Reader(writeFlatBuffer({ table: [{ refers: { list } }] }))
    const start = reader.follow(reader.slot(reader.root, 0)!)
    expect(reader.count(start)).toBe(3000)
    const last = reader.follow(start + 4 + 2999 * 4)
    expect(reader.text(reader.slot(last, 0)!)).toBe('column 2999')
  })
})
