const whole = new Intl.NumberFormat('en-US')
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** @param {number} value */
export function wholeText(value) {
  return whole.format(Math.round(value))
}

/** @param {number} value */
export function rateText(value) {
  return value > 0 && value < 10 ? value.toFixed(1) : wholeText(value)
}

/** @param {number | undefined | null} ms */
export function durationText(ms) {
  if (ms === undefined || ms === null) return '—'
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
}

/** An age in whole units. @param {number} ms */
export function ageText(ms) {
  const seconds = Math.max(Math.round(ms / 1000), 0)
  if (seconds < 60) return `${seconds} s`
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${Math.floor(seconds / 3600)} h`
}

/** @param {number} at milliseconds since 1970 */
export function clockText(at) {
  return clock.format(at)
}

/** @param {string} word */
export function capital(word) {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
