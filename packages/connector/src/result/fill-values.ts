/** Puts the JavaScript values of `count` rows, the first of which is `from`, into the first places of an array. */
export type FillValues = (into: unknown[], from: number, count: number) => void
