/**
 * What a statement asks of this engine. It is written in the statement itself, as words of the form `name=value`, so any
 * SQL will do: `SELECT 'tag=a n=20'`, `INSERT INTO t VALUES ('tag=b')`.
 */
export interface StatementFacts {
  /** By which a test finds what became of it: `tag=a`. */
  readonly tag: string
  /** Rows of the result: `n=20`. One by default. */
  readonly rows: number
  /** The row count that the metadata says: `promised=-1`. The number of rows by default. */
  readonly promisedRows: bigint
  /** Rows of each batch: `batches=10,0,10`, where 0 is a chunk without rows. */
  readonly batches: readonly number[]
  /** Whether it changes something. */
  readonly writes: boolean
}

const WORD = /\b(tag|n|promised|batches)=([\w.,-]+)/g

export function readStatement(sql: string, batchRows: number): StatementFacts {
  const words = new Map([...sql.matchAll(WORD)].map(([, name, value]) => [name, value ?? '']))
  const batches = words.get('batches')?.split(',').map(Number)
  const rows = batches?.reduce((sum, size) => sum + size, 0) ?? Number(words.get('n') ?? 1)
  return {
    tag: words.get('tag') ?? '',
    rows,
    promisedRows: BigInt(words.get('promised') ?? rows),
    batches: batches ?? evenBatches(rows, batchRows),
    writes: !/^\s*(SELECT|WITH|VALUES)\b/i.test(sql) || /\bINTO\b/i.test(sql),
  }
}

const evenBatches = (rows: number, batchRows: number) =>
  Array.from({ length: Math.ceil(rows / batchRows) }, (_, n) => Math.min(batchRows, rows - n * batchRows))
