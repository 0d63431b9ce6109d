import type { Connection } from 'e6data-connector'

/** What the editor sends. */
export interface EditorQuery {
  sql: string
  /** Most rows to show. */
  maxRows: number
  /** Whether the plan is wanted beside the rows. */
  plan: boolean
}

/** What the editor shows. */
export interface EditorResult {
  queryId: string
  strategy: string | undefined
  columns: { name: string; type: string }[]
  /** Values as JSON has them; what it has no exact form for is text. */
  rows: (string | number | boolean | null)[][]
  /** Rows of the whole result. */
  rowCount: number
  plan?: string
  durationMs: number
}

/** What the editor's connection calls itself. */
export const EDITOR_AGENT = 'e6data-console-editor'

/** Long values are cut for the page; nobody reads a megabyte in a table cell. */
const MOST_CHARACTERS = 2000

const TYPES = { int64: 'string', binary: 'hex' } as const

/** Runs the editor's queries through the connector, as any program would. */
export class QueryRunner {
  #connection: Promise<Connection> | undefined

  /** @param open connects; it is asked again after it has failed, and not before the first query */
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
