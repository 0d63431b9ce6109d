export { DecodeError, ValueRangeError } from './errors.ts'
export * as cluster from './gen/cluster_pb.ts'
export * as queryEngine from './gen/query_engine_pb.ts'
export {
  type ResolvedOptions,
  resolveOptions,
  resolveStateOptions,
  type StateOptions,
} from './options/resolve-options.ts'
export { type ArrowEncoder, createArrowEncoder } from './result/arrow-encoder.ts'
export { ChunkDecoder, decodeChunk } from './result/decode-chunk.ts'
export { csvFormat, type DelimitedOptions, tsvFormat } from './result/delimited-format.ts'
export type { ColumnData, EncodableColumn } from './result/encodable-column.ts'
export { encodeChunk } from './result/encode-chunk.ts'
export { replaceInexactNumbers } from './result/exact-json.ts'
export type { Field } from './result/field.ts'
export { type JsonOptions, jsonFormat, ndjsonFormat } from './result/json-format.ts'
export { type ColumnValues, ResultBatch, type Row, type RowOptions } from './result/result-batch.ts'
export { decodeResultMetadata, encodeResultMetadata, type ResultMetadata } from './result/result-metadata.ts'
export {
  CELL_TYPES,
  type Cell,
  cellText,
  type TextColumn,
  type TextFormat,
  type TextRow,
  textOfBatch,
} from './result/text-format.ts'
export { isNull, type Vector } from './result/vector.ts'
export { renderParameters } from './statement/parameters.ts'
export { isSignificant, type SqlToken, type SqlTokenKind, sqlTokens, tokenText } from './statement/sql-tokens.ts'
export { readsOnly } from './statement/statement-kind.ts'
export { directFetch } from './transport/direct-fetch.ts'
export { TYPE_NAMES, type TypeName } from './types/type-table.ts'
export { JSON_TYPES, type TypeOptions } from './types/value-types.ts'
