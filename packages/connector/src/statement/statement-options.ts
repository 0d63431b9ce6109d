import type { CallOptions } from '../time/deadline.ts'
import type { RowShape, TypeOptions } from '../types/value-types.ts'
import type { StatementParameters } from './parameters.ts'

/** The catalog and database in which unqualified names are looked up. */
export interface NameScope {
  catalog?: string
  database?: string
}

/** The form of results, set per connection and optionally per query. */
export interface ResultOptions<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape> {
  /** Whether rows are objects keyed by column name, or arrays in column order. @default 'object' */
  rowShape?: Shape
  /** The JavaScript type of column values. The defaults lose nothing. */
  types?: Types
  /** The number of bytes a stream fetches ahead of its reader. @default 67108864 */
  maxBufferedBytes?: number
  /** The maximum number of result bytes that `fetchAll` and `query` collect. @default 1073741824 */
  maxResultBytes?: number
}

/** Options for preparing and running a statement. */
export interface StatementOptions {
  /** The time limit for preparing a statement, in milliseconds. @default 600000 */
  prepareTimeoutMs?: number
  /** The time limit for any other single call to the engine, in milliseconds. @default 600000 */
  callTimeoutMs?: number
  /** The default number of rows that `fetchMany` returns. @default 1000 */
  arraySize?: number
  /** Whether the engine may answer from its result cache. @default true */
  useResultCache?: boolean
  /**
   * Whether to request a planner from the planner queue before preparing, on clusters whose planners scale. @default
   * false
   */
  plannerQueue?: boolean
  /**
   * Whether parameters are written into the statement as literals (`client`), or sent with it for the engine to bind
   * (`server`). Server binding is unverified against the hosted engine. @default 'client'
   */
  binding?: 'client' | 'server'
  /**
   * The response when the result of a read ends before the promised number of rows. `auto`: an error once a result of
   * this cluster has matched its promise; before that, a warning and an event. `error`: always an error. `off`:
   * nothing. It is unverified that the hosted engine's counts are exact.
   * @default 'auto'
   */
  verifyRowCount?: 'auto' | 'error' | 'off'
  /**
   * Whether the metadata and the first batch are requested together, which saves one round trip per query. It is
   * unverified that the hosted engine allows this.
   * @default false
   */
  overlapMetadata?: boolean
  /**
   * The end of a result: an empty batch, or the last promised row, which saves one round trip per query. The connector
   * then checks for more rows in the background, and reports them with the event `query:row-count-differs`. It is
   * unverified that the hosted engine's counts are exact.
   * @default 'batch'
   */
  resultEnd?: 'batch' | 'row-count'
  /** Tags added before the statement as a comment, for the engine's query log. */
  queryTags?: Readonly<Record<string, string>>
}

/** Options for all statements of a cursor. Its methods accept their own limits. */
export interface CursorOptions<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>
  extends NameScope,
    ResultOptions<Types, Shape>,
    StatementOptions {}

/** Properties of a single statement. */
export interface StatementNature {
  /**
   * Whether the statement can safely run twice, so it may be run again automatically if it is cut off before a row was
   * handed over. @default derived from the SQL: true for a SELECT, WITH or VALUES that changes nothing and calls
   * neither a table function with `TABLE(…)` nor a function with a dotted name
   */
  readOnly?: boolean | undefined
}

/** Options for a single query. */
export interface QueryOptions<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>
  extends CursorOptions<Types, Shape>,
    StatementNature,
    CallOptions {}

/** Options for a statement, with the values of its placeholders. */
export interface QueryArguments<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>
  extends QueryOptions<Types, Shape> {
  params?: StatementParameters | undefined
}
