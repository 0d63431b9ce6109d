/** Writes ASCII digits into bytes that become one string for many values. */

export const ZERO = 48

/** Two ASCII digits for each number from 0 to 99, the tens in the low byte, ready for a 16-bit store. */
export const TWO_DIGITS: Uint16Array = Uint16Array.from(
  { length: 100 },
  (_, value) => (ZERO + Math.floor(value / 10)) | ((ZERO + (value % 10)) << 8),
)

/** Writes 0 to 99 as two digits. */
export function writeTwo(bytes: Uint8Array, at: number, value: number): void {
  const tens = (value * 103) >> 10
  bytes[at] = ZERO + tens
  bytes[at + 1] = ZERO + value - tens * 10
}

/** Writes 0 to 9999 as four digits. */
export function writeFour(bytes: Uint8Array, at: number, value: number): void {
  const hundreds = (value / 100) | 0
  writeTwo(bytes, at, hundreds)
  writeTwo(bytes, at + 2, value - hundreds * 100)
}

/** Writes 0 to 999 999 as six digits. */
export function writeSix(bytes: Uint8Array, at: number, value: number): void {
  const tenThousands = (value / 10_000) | 0
  writeTwo(bytes, at, tenThousands)
  writeFour(bytes, at + 2, value - tenThousands * 10_000)
}

/** Returns the number of digits of 0 to 999 999. */
export function countDigits(value: number): number {
  if (value < 1000) return value < 10 ? 1 : value < 100 ? 2 : 3
  return value < 10_000 ? 4 : value < 100_000 ? 5 : 6
}
