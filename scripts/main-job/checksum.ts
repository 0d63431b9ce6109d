/** A result in two numbers: how many rows, and a sum over what is in them. The order of rows does not matter. */
export interface Fingerprint {
  readonly rows: number
  readonly checksum: string
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193
const VALUE_END = 0x1f

/** Adds up the fingerprint of a result, row by row, from values in the order of the columns. */
export class FingerprintSum {
  #rows = 0
  #low = 0
  #high = 0

  add(values: readonly unknown[]): void {
    let low = FNV_OFFSET
    let high = FNV_PRIME
    for (const value of values) {
      const text = canonicalText(value)
      for (let index = 0; index < text.length; index++) {
        const code = text.charCodeAt(index)
        low = Math.imul(low ^ code, FNV_PRIME)
        high = Math.imul(high + code, 0x85ebca6b) ^ (high >>> 13)
      }
      low = Math.imul(low ^ VALUE_END, FNV_PRIME)
      high = Math.imul(high + VALUE_END, 0x85ebca6b) ^ (high >>> 13)
    }
    this.#rows += 1
    this.#low = (this.#low + low) >>> 0
    this.#high = (this.#high + high) >>> 0
  }

  result(): Fingerprint {
    const hex = (half: number) => half.toString(16).padStart(8, '0')
    return { rows: this.#rows, checksum: hex(this.#high) + hex(this.#low) }
  }
}

function canonicalText(value: unknown): string {
  if (value === null) return '\u0000'
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  if (Object.is(value, -0)) return '-0'
  const text = String(value)
  // The engine keeps the scale of a decimal within nested values (3.60); DuckDB's own JSON drops it (3.6).
  return text.startsWith('{') ? text.replaceAll(/(\.\d*?)0+(?=[,}\]])/g, '$1') : text
}
