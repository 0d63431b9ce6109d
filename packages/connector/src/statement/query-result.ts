import type { Strategy } from '../types/strategy.ts'

/** A column of a result, by the name it goes by in rows. */
export interface ResultColumn {
  name: string
  /** The engine's name of the type. */
  type: string
}

export interface QueryResult<Row> {
  rows: Row[]
  columns: ResultColumn[]
  rowCount: number
  queryId: string
  /** The deployment that ran it. */
  strategy: Strategy
}
