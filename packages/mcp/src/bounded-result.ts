import type { Connection } from 'e6data-connector'

/** How much one call may return and how long it may take. */
export interface QueryBounds {
  /** Most rows. @default 200 */
  readonly maxRows: number
  /** Most bytes of the rows as JSON. @default 100000 */
  readonly maxBytes: number
  /** The time limit of a call, in milliseconds. @default 60000 */
  readonly timeoutMs: number
}

/** The first rows of a result, as JSON has them; 64-bit integers and decimals are strings with all their digits. */
export interface BoundedResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  /** Rows of the whole result, as the engine counts them. */
  readonly rowCount: number
  /** Which bound cut the result; `undefined` when it is whole. */
  readonly cutBy: 'rows' | 'bytes' | undefined
  readonly queryId: string | undefined
  readonly strategy: string | undefined
}

const TYPES = { int64: 'string', decimal: 'string', binary: 'hex', nested: 'text' } as const

/**
 * Runs a statement and reads no more of it than the bounds allow; the rest is cancelled on the server.
 * @param onRows called after each batch with the rows read so far and, when it is known, of how many
 */
export async function boundedResult(
  connection: Connection,
  sql: string,
  { maxRows, maxBytes, timeoutMs }: QueryBounds,
  { signal, onRows }: { signal: AbortSignal; onRows: (rows: number, total: number | undefined) => void },
): Promise<BoundedResult> {
  const stream = connection.stream(sql, { signal, timeoutMs })
  const rows: unknown[][] = []
  let bytes = 0
  let cutBy: BoundedResult['cutBy']
  reading: for await (const batch of stream.batches()) {
    for (const row of batch.toRows({
      rowShape: 'array',
      types: TYPES,
      from: 0,
      to: Math.min(batch.rowCount, maxRows + 1),
    })) {
      const cells = [...(row as unknown as unknown[])].map(jsonValue)
      bytes += Buffer.byteLength(JSON.stringify(cells))
      if (rows.length >= maxRows) cutBy = 'rows'
      else if (bytes > maxBytes) cutBy = 'bytes'
      if (cutBy !== undefined) break reading
      rows.push(cells)
    }
    onRows(rows.length, stream.rowCount)
  }
  const columns = (stream.fields ?? []).map(({ name, type }) => ({ name, type }))
  return {
    columns,
    rows,
    rowCount: stream.rowCount ?? rows.length,
    cutBy,
    queryId: stream.queryId,
    strategy: stream.strategy,
  }
}

/** JSON has no NaN, no infinities and no minus zero. */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return typeof value === 'bigint' ? value.toString() : value
}
