import type { Connection } from 'e6data-connector'

/** A request of the editor. */
export interface EditorQuery {
  sql: string
  /** Maximum number of rows to return. */
  maxRows: number
  /** Whether to return the plan with the rows. */
  plan: boolean
}

/** A result for the editor. */
export interface EditorResult {
  queryId: string
  strategy: string | undefined
  columns: { name: string; type: string }[]
  /** JSON-safe values; a string where JSON has no exact form. */
  rows: (string | number | boolean | null)[][]
  /** Number of rows in the complete result. */
  rowCount: number
  plan?: string
  durationMs: number
}

/** The user agent of the editor's connection. */
export const EDITOR_AGENT = 'e6data-console-editor'

/** Maximum length of a value, in characters. Longer values are cut. */
const MOST_CHARACTERS = 2000

const TYPES = { int64: 'string', binary: 'hex' } as const

/** Runs the editor's queries through the connector. */
export class QueryRunner {
  #connection: Promise<Connection> | undefined

  /** @param open connects; called at the first query, and again after a failure */
  constructor(private readonly open: () => Promise<Connection>) {}

  async run({ sql, maxRows, plan }: EditorQuery, signal: AbortSignal): Promise<EditorResult> {
    const connection = await this.#connect()
    const startedAt = performance.now()
    await using cursor = connection.cursor<unknown[]>({ rowShape: 'array', types: TYPES })
    const queryId = await cursor.execute(sql, undefined, { signal })
    const rows = await cursor.fetchMany(maxRows, { signal })
    const durationMs = performance.now() - startedAt
    return {
      queryId,
      strategy: cursor.strategy,
      columns: (cursor.description ?? []).map(({ name, type }) => ({ name, type })),
      rows: rows.map((row) => row.map(cellOf)),
      rowCount: cursor.rowCount,
      ...(plan ? { plan: await cursor.explain({ signal }) } : {}),
      durationMs,
    }
  }

  /** Cancels a query that runs on this host. */
  async cancel(queryId: string): Promise<void> {
    const connection = await this.#connect()
    await connection.cursor().cancel(queryId)
  }

  async close(): Promise<void> {
    const opening = this.#connection
    this.#connection = undefined
    const connection = await opening?.catch(() => undefined)
    await connection?.close()
  }

  async #connect(): Promise<Connection> {
    this.#connection ??= this.open()
    try {
      return await this.#connection
    } catch (error) {
      this.#connection = undefined
      throw error
    }
  }
}

function cellOf(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null
  // JSON has no NaN and no infinities.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  const text = String(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} …` : text
}
