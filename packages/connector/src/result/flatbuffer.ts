/**
 * Writes the subset of FlatBuffers that Arrow messages need: tables, strings, lists of tables and lists of pairs of
 * 64-bit integers. References point forward, so a table is written before its targets.
 */

/** The content of a table slot; `undefined` omits the slot. */
export type Slot =
  | { readonly int8: number }
  | { readonly int16: number }
  | { readonly int32: number }
  | { readonly int64: number }
  | { readonly refers: Node }
  | undefined

export type Node =
  | { readonly table: readonly Slot[] }
  | { readonly text: string }
  | { readonly list: readonly Node[] }
  | { readonly pairs: readonly (readonly [number, number])[] }

const OFFSET_BYTES = 4
const PAIR_BYTES = 16

/** @returns the bytes of a FlatBuffer whose root is `root`, padded to a multiple of eight. */
export function writeFlatBuffer(root: Node): Uint8Array {
  const writer = new FlatBufferWriter()
  writer.refer(root)
  writer.align(8)
  return writer.finish()
}

class FlatBufferWriter {
  private view = new DataView(new ArrayBuffer(1024))
  private at = 0

  finish(): Uint8Array {
    return new Uint8Array(this.view.buffer, 0, this.at)
  }

  /** Reserves space for a reference, then writes its target. */
  refer(node: Node): void {
    const at = this.take(OFFSET_BYTES, OFFSET_BYTES)
    this.point(at, this.node(node))
  }

  align(size: number): void {
    this.take(0, size)
  }

  private node(node: Node): number {
    if ('table' in node) return this.table(node.table)
    if ('text' in node) return this.text(node.text)
    if ('list' in node) return this.list(node.list)
    return this.pairs(node.pairs)
  }

  /** Writes a table after its index, which has the offset of each slot within the table. */
  private table(slots: readonly Slot[]): number {
    const offsets = this.layOut(slots)
    const indexBytes = 4 + slots.length * 2
    // Tables are always aligned to eight bytes.
    const padding = (8 - ((this.at + indexBytes) % 8)) % 8
    const index = this.take(padding + indexBytes, 1) + padding
    const table = this.take(offsets.size, 1)
    this.view.setUint16(index, indexBytes, true)
    this.view.setUint16(index + 2, offsets.size, true)
    this.view.setInt32(table, table - index, true)
    for (const [slot, offset] of offsets.of.entries()) {
      this.view.setUint16(index + 4 + slot * 2, offset, true)
      const value = slots[slot]
      if (value !== undefined && !('refers' in value)) this.scalar(table + offset, value)
    }
    for (const [slot, offset] of offsets.of.entries()) {
      const value = slots[slot]
      if (value !== undefined && 'refers' in value) this.point(table + offset, this.node(value.refers))
    }
    return table
  }

  private layOut(slots: readonly Slot[]): { of: number[]; size: number } {
    let size = OFFSET_BYTES
    const of = slots.map((slot) => {
      if (slot === undefined) return 0
      const bytes = slotBytes(slot)
      const offset = Math.ceil(size / bytes) * bytes
      size = offset + bytes
      return offset
    })
    return { of, size }
  }

  private scalar(at: number, slot: Exclude<Slot, undefined | { refers: Node }>): void {
    if ('int8' in slot) this.view.setInt8(at, slot.int8)
    else if ('int16' in slot) this.view.setInt16(at, slot.int16, true)
    else if ('int32' in slot) this.view.setInt32(at, slot.int32, true)
    else this.view.setBigInt64(at, BigInt(slot.int64), true)
  }

  private text(text: string): number {
    const bytes = new TextEncoder().encode(text)
    const at = this.take(OFFSET_BYTES + bytes.length + 1, OFFSET_BYTES)
    this.view.setUint32(at, bytes.length, true)
    new Uint8Array(this.view.buffer).set(bytes, at + OFFSET_BYTES)
    return at
  }

  private list(nodes: readonly Node[]): number {
    const at = this.take(OFFSET_BYTES * (nodes.length + 1), OFFSET_BYTES)
    this.view.setUint32(at, nodes.length, true)
    for (const [index, node] of nodes.entries()) this.point(at + OFFSET_BYTES * (index + 1), this.node(node))
    return at
  }

  private pairs(pairs: readonly (readonly [number, number])[]): number {
    // The count directly precedes the first pair, which is aligned to eight bytes.
    const padding = (8 - ((this.at + OFFSET_BYTES) % 8)) % 8
    const at = this.take(padding + OFFSET_BYTES + PAIR_BYTES * pairs.length, 1) + padding
    this.view.setUint32(at, pairs.length, true)
    for (const [index, [first, second]] of pairs.entries()) {
      this.view.setBigInt64(at + OFFSET_BYTES + index * PAIR_BYTES, BigInt(first), true)
      this.view.setBigInt64(at + OFFSET_BYTES + index * PAIR_BYTES + 8, BigInt(second), true)
    }
    return at
  }

  private point(from: number, to: number): void {
    this.view.setUint32(from, to - from, true)
  }

  /** @returns the offset of `size` zero bytes, aligned to `alignment`. */
  private take(size: number, alignment: number): number {
    const at = Math.ceil(this.at / alignment) * alignment
    this.at = at + size
    if (this.at > this.view.byteLength) {
      const grown = new Uint8Array(Math.max(this.at, this.view.byteLength * 2))
      grown.set(new Uint8Array(this.view.buffer))
      this.view = new DataView(grown.buffer)
    }
    return at
  }
}

function slotBytes(slot: Exclude<Slot, undefined>): number {
  if ('int8' in slot) return 1
  if ('int16' in slot) return 2
  return 'int64' in slot ? 8 : 4
}
