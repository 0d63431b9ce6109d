/** How a result can be written, and what each is good for. Apart from the formats themselves, so that help is quick. */
export const FORMAT_ABOUT = {
  table: 'Columns that fit the terminal; records below each other where they can not.',
  vertical: 'Every record as a list of columns and values, nothing cut.',
  csv: 'RFC 4180: NULL is an empty field, and an empty text is "".',
  tsv: 'Tabs between; \\t, \\n and \\\\ are written out, NULL is \\N.',
  json: 'One array of objects. 64-bit integers and decimals are texts, so that no reader rounds them.',
  ndjson: 'An object a line, likewise.',
  markdown: 'A table for a README or an issue.',
  arrow: 'Arrow IPC stream, for pandas, polars and DuckDB.',
  parquet: 'A Parquet file, for DuckDB, Spark, pandas and polars.',
} as const satisfies Record<string, string>

export type FormatName = keyof typeof FORMAT_ABOUT

export const FORMAT_NAMES = Object.keys(FORMAT_ABOUT) as readonly FormatName[]
