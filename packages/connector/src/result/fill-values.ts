/** Stores the JavaScript values of `count` rows, starting with row `from`, at the beginning of an array. */
export type FillValues = (into: unknown[], from: number, count: number) => void
