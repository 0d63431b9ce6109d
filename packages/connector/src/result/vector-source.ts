import type { ZoneTable } from '../types/zones.ts'
import type { Field } from './field.ts'
import type { ThriftReader } from './thrift-reader.ts'
import type { ScannedVector } from './vector-scan.ts'

/** What a vector is read from. */
export interface VectorSource {
  readonly reader: ThriftReader
  readonly field: Field
  readonly scanned: ScannedVector
  /** Rows of the batch; the vector may hold more, which are not delivered. */
  readonly rowCount: number
  readonly typeName: string
  readonly zones: ZoneTable
}
