/** Reads a big-endian two's complement integer of any length. */
export function integerFromBytes(bytes: Uint8Array, from: number, to: number): bigint {
  let value = BigInt((bytes[from]! << 24) >> 24)
  for (let at = from + 1; at < to; at++) value = (value << 8n) | BigInt(bytes[at]!)
  return value
}

/** Plain digits with exactly `scale` of them after the point; a negative scale adds zeros, as Java's `BigDecimal` does. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return unscaled === 0n ? '0' : `${unscaled}${'0'.repeat(-scale)}`
  const negative = unscaled < 0n
  const digits = String(negative ? -unscaled : unscaled).padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}
