/** A decimal with at most this many digits survives conversion to a double, unless its exponent is extreme. */
const SAFE_DIGITS = 15
const PARTS = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/
const ZERO = 48

/**
 * Returns whether a JSON number survives conversion to a double: written in its shortest form, it has the same value.
 * `0.10` does (as `0.1`), `1234567890.123456789` and `1e400` do not.
 */
export function isExactDouble(text: string): boolean {
  const value = Number(text)
  if (!Number.isFinite(value)) return false
  if (text.length <= SAFE_DIGITS && !/[eE]/.test(text)) return true
  return canonical(text) === canonical(String(value))
}

/** The digits without zeros at either end, and the position of the point; the sign is omitted. */
function canonical(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = PARTS.exec(text) ?? []
  const digits = whole + fraction
  let from = 0
  while (from < digits.length && digits.charCodeAt(from) === ZERO) from += 1
  let to = digits.length
  while (to > from && digits.charCodeAt(to - 1) === ZERO) to -= 1
  return from === to ? '0' : `${digits.slice(from, to)}e${whole.length - from + Number(exponent)}`
}
