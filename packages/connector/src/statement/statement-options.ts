import type { CallLimits } from '../time/deadline.ts'
import type { RowShape, TypeOptions } from '../types/value-types.ts'
import type { StatementParameters } from './parameters.ts'

/** Where a statement's unqualified names are looked up. */
export interface NameScope {
  catalog?: string
  database?: string
}

/** How results are delivered; per connection, and per query where given. */
export interface ResultOptions<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape> {
  /** Rows as objects by column name, or as arrays in the order of the columns. @default 'object' */
  rowShape?: Shape
  /** Which JavaScript type a column's values become. Nothing is lossy by default. */
  types?: Types
  /** How many bytes a stream fetches ahead of its reader. @default 67108864 */
  maxBufferedBytes?: number
  /** How many bytes of result `fetchAll` and `query` collect before they refuse. @default 1073741824 */
  maxResultBytes?: number
}

/** How a statement is prepared and run. */
export interface StatementOptions {
  /** How long preparing may take, in milliseconds. @default 600000 */
  prepareTimeoutMs?: number
  /** How long any other single call to the engine may take, in milliseconds. @default 600000 */
  callTimeoutMs?: number
  /** Rows `fetchMany` takes when no number is given. @default 1000 */
  arraySize?: number
  /** Whether the engine may answer from its result cache. @default true */
  useResultCache?: boolean
  /** Ask the planner queue for a planner before preparing, on clusters whose planners scale. @default false */
  plannerQueue?: boolean
  /**
   * Parameters are rendered into the statement as literals, or sent beside it for the engine to bind. The latter is not
   * verified against the hosted engine. @default 'client'
   */
  binding?: 'client' | 'server'
  /**
   * What happens when a result of a reading statement ends before the promised rows have come. `auto`: an error once a result
   * of this cluster has matched its promise, before that a warning and an event. `error`: always an error. `off`: nothing.
   * That the hosted engine's counts are exact is unverified.
   * @default 'auto'
   */
  verifyRowCount?: 'auto' | 'error' | 'off'
  /**
   * Whether the metadata and the first batch are asked for together, which saves one wait per query. That the hosted engine
   * allows it is unverified.
   * @default false
   */
  overlapMetadata?: boolean
  /**
   * What ends a result: an empty batch, or the last of the promised rows, which saves one wait per query. Whether more rows
   * would have come is looked at afterwards, and reported by the event `query:row-count-differs`. That the hosted engine's
   * counts are exact is unverified.
   * @default 'batch'
   */
  resultEnd?: 'batch' | 'row-count'
  /** Tags put before the statement as a comment, for the engine's query log. */
  queryTags?: Readonly<Record<string, string>>
}

/** What a cursor may say for all its statements. Its methods take their limits themselves. */
export interface CursorOptions<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>
  extends NameScope,
    ResultOptions<Types, Shape>,
    StatementOptions {}

/** What one statement may say of itself. */
export interface StatementNature {
  /**
   * Whether running the statement a second time is harmless, so that it may be run again by itself when it is cut off before a row
   * was handed over. @default found in its text: true for a SELECT, WITH or VALUES that changes nothing and calls no table
   * function by `TABLE(…)` and no function with a dotted name
   */
  readOnly?: boolean | undefined
}

/** What one query may say for itself. */
export interface QueryOptions<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>
  extends CursorOptions<Types, Shape>,
    StatementNature,
    CallLimits {}

/** How a statement is run, with the values of its placeholders. */
export interface QueryArguments<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>
  extends QueryOptions<Types, Shape> {
  params?: StatementParameters | undefined
}
