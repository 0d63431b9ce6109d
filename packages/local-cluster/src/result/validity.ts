import duckdb from '@duckdb/node-bindings'

/** The validity mask of a vector, one bit per row; `undefined` when all rows have values. */
export type Validity = Uint8Array | undefined

export function validityOf(vector: duckdb.Vector, rows: number): Validity {
  const mask: Uint8Array | null = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8)
  return mask ?? undefined
}

export function isValid(validity: Validity, row: number): boolean {
  return validity === undefined || ((validity[row >> 3]! >> (row & 7)) & 1) === 1
}
