import type { Field } from '../result/field.ts'
import type { Strategy } from '../types/strategy.ts'

export interface QueryResult<Row> {
  rows: Row[]
  /** The columns, by the names that they have in rows: of two columns of one name the second is `name_2`. */
  columns: Field[]
  rowCount: number
  queryId: string
  /** The deployment that ran it. */
  strategy: Strategy
}
