/** The value that `share` of the values are not above; `undefined` of no values. Sorts the values in place. */
export function percentile(values: number[], share: number): number | undefined {
  values.sort((a, b) => a - b)
  return values[Math.min(Math.ceil(values.length * share), values.length) - 1]
}
