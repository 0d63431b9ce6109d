import { expect, it } from 'vitest'
import { fuzz } from './fuzz.ts'

/** Another thousand each day: a failure names its seed, which `npm run fuzz -- --seed` repeats. */
const today = Math.floor(Date.now() / 86_400_000)

it.each([1, today])(
  'on any bytes the decoders throw only DecodeError, and use at most a few times their size (seed %i)',
  (seed) => {
    const report = fuzz(seed, 15_000)
    expect(report.failures).toEqual([])
    expect(report.runs).toBe(15_000)
    // Both must happen, or the mutations would test little.
    expect(report.decoded).toBeGreaterThan(1000)
    expect(report.refused).toBeGreaterThan(1000)
  },
)

it('the same seed makes the same inputs', () => {
  const [first, second] = [fuzz(7, 500), fuzz(7, 500)]
  expect([first.decoded, first.refused, first.mostBytesPerByte]).toEqual([
    second.decoded,
    second.refused,
    second.mostBytesPerByte,
  ])
})
