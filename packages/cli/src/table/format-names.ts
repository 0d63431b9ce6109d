/** The formats of results, with their descriptions. Separate from the formats' code, so that help is fast. */
export const FORMAT_ABOUT = {
  table: 'Columns that fit the terminal, or records if they do not.',
  vertical: 'Each record as a list of columns and values, nothing cut.',
  csv: 'RFC 4180: NULL is an empty field, and an empty string is "".',
  tsv: 'Values separated by tabs; \\t, \\n and \\\\ are written out, NULL is \\N.',
  json: 'One array of objects. 64-bit integers and decimals are strings, so that no reader rounds them.',
  ndjson: 'One object per line, with the same values.',
  markdown: 'A table for a README or an issue.',
  arrow: 'Arrow IPC stream, for pandas, polars and DuckDB.',
  parquet: 'A Parquet file, for DuckDB, Spark, pandas and polars.',
} as const satisfies Record<string, string>

export type FormatName = keyof typeof FORMAT_ABOUT

export const FORMAT_NAMES = Object.keys(FORMAT_ABOUT) as readonly FormatName[]
