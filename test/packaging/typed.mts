import { type Connection, connect, E6dataError, type QueryResult, type Strategy } from 'e6data-connector'
import { decodeResultMetadata } from 'e6data-connector/wire'

export async function totals(signal: AbortSignal): Promise<bigint> {
  await using connection: Connection = await connect({
    host: 'localhost',
    port: 80,
    username: 'a',
    password: 'b',
    secure: false,
  })
  const result: QueryResult<{ region: string; total: bigint }> = await connection.query<{
    region: string
    total: bigint
  }>('SELECT region, count(*) AS total FROM orders WHERE age > ? GROUP BY 1', { params: [25], signal })
  const strategy: Strategy = result.strategy
  if (!(strategy === 'blue' || strategy === 'green')) throw new TypeError(strategy satisfies never)
  return result.rows.reduce((sum, { total }) => sum + total, 0n)
}

export const isRetryable = (error: unknown): boolean => error instanceof E6dataError && error.retryable
export const rowCount = (metadata: Uint8Array): bigint => decodeResultMetadata(metadata).rowCount
