import type { Strategy } from '../types/strategy.ts'
import type { ArrayRow, ObjectRow, TypesOf } from '../types/value-types.ts'
import type { CursorOptions } from './statement-options.ts'

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

/** What rows are when the program does not say. */
export type DefaultRow<Options extends CursorOptions> = Options extends { rowShape: 'array' }
  ? ArrayRow<TypesOf<Options>>
  : ObjectRow<TypesOf<Options>>
