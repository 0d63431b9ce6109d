import type { RecordBatch } from 'apache-arrow'
import { UsageError } from '../errors.ts'
import { createArrowEncoder } from './arrow-encoder.ts'
import type { Field } from './field.ts'
import type { ResultBatch } from './result-batch.ts'

/** Converts the batches of one result to record batches of `apache-arrow`. */
export interface RecordBatchMaker {
  /** @throws DecodeError and ValueRangeError as {@link createArrowEncoder}'s `batch`. */
  recordBatch(batch: ResultBatch): RecordBatch
}

/**
 * Loads `apache-arrow`, an optional dependency that the program installs.
 * @throws UsageError when it is not installed.
 */
export async function createRecordBatchMaker(fields: readonly Field[]): Promise<RecordBatchMaker> {
  const { RecordBatchReader } = await loadArrow()
  const encoder = createArrowEncoder(fields)
  return {
    recordBatch(batch) {
      const [recordBatch] = RecordBatchReader.from(encoder.stream(batch))
      if (recordBatch === undefined) throw new UsageError(`cannot read a batch of ${batch.rowCount} rows as Arrow`)
      return recordBatch
    },
  }
}

async function loadArrow(): Promise<typeof import('apache-arrow')> {
  try {
    return await import('apache-arrow')
  } catch (cause) {
    throw new UsageError('record batches need the package apache-arrow: npm install apache-arrow', { cause })
  }
}
