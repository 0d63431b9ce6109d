import type { Connection, QueryOptions, StatementParameters } from 'e6data-connector'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { Borrowed } from './connection-source.ts'

/** The options of every query of a dialect; Kysely sets the others. */
export type E6dataQueryOptions = Omit<QueryOptions, 'rowShape' | 'signal' | 'arraySize'>

/** Kysely's options for one query. Kysely before 0.29 has none. */
interface Abortable {
  readonly signal?: AbortSignal | undefined
}

/** A row. Kysely and the program determine the types of its columns. */
type NamedValues = Record<string, unknown>

/** Statements that answer with the number of rows they changed. */
const CHANGES_ROWS: ReadonlySet<string> = new Set([
  'InsertQueryNode',
  'UpdateQueryNode',
  'DeleteQueryNode',
  'MergeQueryNode',
])

/** Runs Kysely's queries on a borrowed connection. An abort cancels the query on the server. */
export class E6dataConnection implements DatabaseConnection {
  readonly #borrowed: Borrowed
  readonly #options: E6dataQueryOptions

  constructor(borrowed: Borrowed, options: E6dataQueryOptions) {
    this.#borrowed = borrowed
    this.#options = options
  }

  get connection(): Connection {
    return this.#borrowed.connection
  }

  release(): void {
    this.#borrowed.release()
  }

  async executeQuery<Row>(query: CompiledQuery, { signal }: Abortable = {}): Promise<QueryResult<Row>> {
    try {
      const { rows } = await this.connection.query<NamedValues>(query.sql, { ...this.#argumentsOf(query), signal })
      return (CHANGES_ROWS.has(query.query.kind) ? changed(rows) : { rows }) as QueryResult<Row>
    } catch (error) {
      this.#borrowed.failed(error)
      if (signal?.aborted) return abandoned(error)
      throw error
    }
  }

  async *streamQuery<Row>(
    query: CompiledQuery,
    chunkSize: number,
    { signal }: Abortable = {},
  ): AsyncGenerator<QueryResult<Row>, void, undefined> {
    let rows: Row[] = []
    try {
      for await (const row of this.connection.stream<NamedValues>(query.sql, { ...this.#argumentsOf(query), signal })) {
        rows.push(row as Row)
        if (rows.length >= chunkSize) {
          yield { rows }
          rows = []
        }
      }
    } catch (error) {
      this.#borrowed.failed(error)
      if (signal?.aborted) return yield abandoned(error)
      throw error
    }
    if (rows.length > 0) yield { rows }
  }

  /**
   * For Kysely's `inflightQueryAbortStrategy: 'cancel query'`: the query's signal has cancelled it already.
   */
  async cancelQuery(): Promise<void> {
    await Promise.resolve()
  }

  /** A statement without values is sent unchanged, so that a `?` in it is part of the SQL. */
  #argumentsOf({ parameters }: CompiledQuery): E6dataQueryOptions & { params?: StatementParameters } {
    // The connector checks all values, and refuses invalid ones.
    return parameters.length > 0 ? { ...this.#options, params: parameters as StatementParameters } : this.#options
  }
}

/**
 * The answer to a query that was aborted. Kysely has thrown the signal's reason to its caller by then, and would print
 * whatever comes after; so nothing is thrown, and a caller that reads the rows gets the error.
 */
function abandoned(error: unknown): QueryResult<never> {
  return {
    get rows(): never[] {
      throw error
    },
  }
}

/** The single row of such a statement contains only the number. */
function changed(rows: NamedValues[]): QueryResult<NamedValues> {
  const values = rows.length === 1 ? Object.values(rows[0]!) : []
  const [count] = values
  const isCount = values.length === 1 && ['bigint', 'number', 'string'].includes(typeof count)
  return isCount && /^\d+$/.test(String(count)) ? { rows: [], numAffectedRows: BigInt(String(count)) } : { rows }
}
