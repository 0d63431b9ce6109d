const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Formats 1234567 as `1,234,567`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US')
}

/** Formats bytes in the unit with the fewest digits, in powers of 1000. */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), BYTE_UNITS.length - 1)
  const amount = bytes / 1000 ** power
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${BYTE_UNITS[power]}`
}

/** Formats a rate as `310k rows/s`. */
export function rateText(rows: number, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? (rows * 1000) / elapsedMs : 0
  if (rate >= 999_500) return `${(rate / 1e6).toFixed(1)}M rows/s`
  return rate >= 1000 ? `${Math.round(rate / 1000)}k rows/s` : `${Math.round(rate)} rows/s`
}

/** Formats a duration as `0.42 s` or `3 m 12 s`. */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`
}

export function rowsText(rows: number): string {
  return `${countText(rows)} ${rows === 1 ? 'row' : 'rows'}`
}
