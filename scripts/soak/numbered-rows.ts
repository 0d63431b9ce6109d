/** A result whose every row can be told from its number, so that it is checked without asking another database. */
export interface NumberedRows {
  readonly from: number
  readonly to: number
}

export function numberedStatement({ from, to }: NumberedRows): string {
  return `SELECT i AS n, (i * 7919) % 1000003 AS mixed, 'row ' || i AS label, CASE WHEN i % 7 = 0 THEN NULL ELSE i % 1000 END AS gap FROM range(${from}, ${to}) AS numbers(i) ORDER BY i`
}

/** What is wrong with rows of that statement, in order: a count, or the first row that differs from what it must be. */
export function faultOfRows(rows: readonly (readonly unknown[])[], { from, to }: NumberedRows): string | undefined {
  if (rows.length !== to - from) return `${rows.length} rows instead of ${to - from}`
  const index = rows.findIndex((row, at) => !isRow(row, from + at))
  return index < 0 ? undefined : `row ${from + index} is ${rows[index]!.map(String).join(', ')}`
}

function isRow([n, mixed, label, gap, ...more]: readonly unknown[], i: number): boolean {
  const isGapRight = i % 7 === 0 ? gap === null : gap === BigInt(i % 1000)
  return (
    n === BigInt(i) && mixed === BigInt((i * 7919) % 1000003) && label === `row ${i}` && isGapRight && more.length === 0
  )
}
