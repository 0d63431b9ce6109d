/** What a program asked of the ledger, and what it was told. Times are monotonic milliseconds of the host. */
export type Operation = WriteOperation | ReadOperation

export interface WriteOperation {
  readonly kind: 'write'
  /** Unique over the run. */
  readonly id: string
  /** The worker that wrote it. */
  readonly worker: string
  readonly invokedAt: number
  /** Missing when its process was killed meanwhile: like `unknown`. */
  readonly end?: { readonly at: number; readonly outcome: 'ok' | 'failed' | 'unknown' }
}

/** A read that succeeded of all that a worker has written. */
export interface ReadOperation {
  readonly kind: 'read'
  readonly worker: string
  readonly invokedAt: number
  readonly endedAt: number
  readonly ids: readonly string[]
}

/**
 * What is wrong with a history. A write that was `ok` is in every read that begins afterwards, exactly once; one that `failed`
 * is in none; of all others, what was read once is read ever after; and nothing is read before it was written.
 */
export function judge(operations: readonly Operation[]): string[] {
  const writes = new Map<string, WriteOperation>()
  for (const operation of operations) {
    if (operation.kind === 'write') writes.set(operation.id, operation)
  }
  const byWorker = new Map<string, WriteOperation[]>()
  for (const write of writes.values()) byWorker.set(write.worker, [...(byWorker.get(write.worker) ?? []), write])
  const reads = operations.filter((operation) => operation.kind === 'read').toSorted((a, b) => a.endedAt - b.endedAt)
  /** When each id had been read for the first time. */
  const readSince = new Map<string, number>()
  const faults: string[] = []
  for (const read of reads) {
    const seen = new Set(read.ids)
    if (seen.size !== read.ids.length) faults.push(`written twice: ${repeated(read.ids)}`)
    for (const id of seen) {
      const write = writes.get(id)
      if (!write || write.worker !== read.worker) faults.push(`read without a write: ${id}`)
      else if (write.invokedAt > read.endedAt) faults.push(`read before it was written: ${id}`)
      else if (write.end?.outcome === 'failed') faults.push(`failed, and is there: ${id}`)
    }
    for (const { id, end } of byWorker.get(read.worker) ?? []) {
      if (seen.has(id)) continue
      if (end?.outcome === 'ok' && end.at < read.invokedAt) faults.push(`written, and is not there: ${id}`)
      else if ((readSince.get(id) ?? Number.POSITIVE_INFINITY) < read.invokedAt) faults.push(`read, and gone: ${id}`)
    }
    for (const id of seen) if (!readSince.has(id)) readSince.set(id, read.endedAt)
  }
  return [...new Set(faults)]
}

function repeated(ids: readonly string[]): string {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].join(', ')
}
