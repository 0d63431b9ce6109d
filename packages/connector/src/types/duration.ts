const SECONDS_PER_DAY = 86_400
const MICROS_PER_SECOND = 1_000_000

/**
 * Formats a duration as ISO 8601 in days and shorter units: `P2DT0.000001S`, `-PT3H25M45.500000S`, `PT0S`. Zero parts
 * are omitted, a fraction has six digits, and the sign applies to the whole.
 * @param seconds whole seconds, rounded down, so a negative duration has a positive remainder
 * @param micros the remainder: 0 to 999 999
 */
export function durationText(seconds: number, micros: number): string {
  const negative = seconds < 0
  const rest = negative && micros > 0 ? MICROS_PER_SECOND - micros : micros
  const size = negative ? -seconds - (micros > 0 ? 1 : 0) : seconds
  const days = Math.floor(size / SECONDS_PER_DAY)
  const time = timeText(size - days * SECONDS_PER_DAY, rest)
  const text = `${days === 0 ? '' : `${days}D`}${time === '' ? '' : `T${time}`}`
  return `${negative ? '-' : ''}P${text === '' ? 'T0S' : text}`
}

function timeText(seconds: number, micros: number): string {
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  const second = seconds % 60
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`
  return (
    (hours === 0 ? '' : `${hours}H`) +
    (minutes === 0 ? '' : `${minutes}M`) +
    (second === 0 && fraction === '' ? '' : `${second}${fraction}S`)
  )
}
