import { type Connection, E6dataError } from 'e6data-connector'
import { FingerprintSum } from './checksum.ts'
import type { Tally } from './tally.ts'
import type { WorkItem } from './workload.ts'

/** Runs one statement after the other until told to stop, and checks every result. */
export async function work(
  connection: Connection,
  draw: () => WorkItem,
  tally: Tally,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const item = draw()
    const startedAt = performance.now()
    try {
      const result = await runAndSum(connection, item)
      const right = result.rows === item.expected.rows && result.checksum === item.expected.checksum
      tally.done({ item, startedAt, endedAt: performance.now(), rows: result.rows, right })
    } catch (error) {
      tally.failed({ item, startedAt, endedAt: performance.now(), reason: reasonOf(error) })
    }
  }
}

export async function runAndSum(connection: Connection, { sql, params, read }: WorkItem) {
  const sum = new FingerprintSum()
  const options = { params, rowShape: 'array' } as const
  if (read === 'query') for (const row of (await connection.query(sql, options)).rows) sum.add(row)
  else for await (const row of connection.stream(sql, options)) sum.add(row)
  return sum.result()
}

function reasonOf(error: unknown): string {
  return error instanceof E6dataError ? `${error.code}: ${error.message}` : String(error)
}
