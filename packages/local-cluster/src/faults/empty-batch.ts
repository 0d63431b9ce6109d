import { create, toBinary } from '@bufbuild/protobuf'
import { encodeChunk, queryEngine } from 'e6data-connector/wire'

/** The answer to a fetch whose batch has no rows and is not the last one. */
export function emptyBatchAnswer(sessionId: string): Uint8Array {
  const schema = queryEngine.GetNextResultBatchResponseSchema
  return toBinary(schema, create(schema, { sessionId, resultBatch: encodeChunk([], 0) }))
}
