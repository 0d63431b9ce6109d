/** The percentile of values, `share` from 0 to 1; `undefined` without values. Sorts them in place. */
export function percentile(values: number[], share: number): number | undefined {
  values.sort((a, b) => a - b)
  return values[Math.min(Math.ceil(values.length * share), values.length) - 1]
}
