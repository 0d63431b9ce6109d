import type { ZoneTable } from '../types/zones.ts'
import type { Field } from './field.ts'
import type { ThriftReader } from './thrift-reader.ts'
import type { ScannedVector } from './vector-scan.ts'

/** The source of a vector. */
export interface VectorSource {
  readonly reader: ThriftReader
  readonly field: Field
  readonly scanned: ScannedVector
  /** The number of rows in the batch; the vector may have more, which are not delivered. */
  readonly rowCount: number
  readonly typeName: string
  readonly zones: ZoneTable
}
