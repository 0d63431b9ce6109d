import type { Field } from '../result/field.ts'
import type { Strategy } from '../types/strategy.ts'

export interface QueryResult<Row> {
  rows: Row[]
  /** The columns, named as in rows: the second of two columns with the same name is `name_2`. */
  columns: Field[]
  rowCount: number
  queryId: string
  /** The strategy whose deployment ran the query. */
  strategy: Strategy
}
