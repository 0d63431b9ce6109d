import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, DecodeError } from 'e6data-connector'
import { WRITE_LEDGER } from './ledger.ts'
import { leakHeap } from './report-figures.mjs'

/** What a soak must notice: deliberate defects, by name. */
export const DEFECTS = {
  'decoder-throws': 'no result can be decoded',
  'rows-reordered': 'two rows of one result in 5 change places',
  'row-altered': 'one value of one result in 5 is another',
  'promise-never-settles': 'one result in 20 neither comes nor fails',
  'client-leaks-memory': 'the heap of each client process grows by 30 % over the run',
  'engine-leaks-memory': 'the heap of each engine process grows by 30 % over the run',
  'queries-left-open': 'two queries are left open on the server for each result',
  'write-runs-twice': 'one write in 3 is executed twice',
} as const

export type Defect = keyof typeof DEFECTS

export const LEAK_SHARE = 0.3

/** How a worker reads a result: at once, as a stream, or by a cursor. */
export type Reading = 'query' | 'stream' | 'cursor'

/** All that a worker needs of a connection, so that a defect can stand between. */
export interface Access {
  read(sql: string, params: readonly (string | number)[], how: Reading): Promise<unknown[][]>
  write(sql: string, params: readonly (string | number)[]): Promise<void>
}

/** The limits that every statement of a worker has. */
export interface StatementLimits {
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

export function accessTo(connection: Connection, limits: StatementLimits): Access {
  const options = (params: readonly (string | number)[]) => ({ ...limits, params, rowShape: 'array' }) as const
  return {
    async read(sql, params, how) {
      switch (how) {
        case 'query':
          return (await connection.query(sql, options(params))).rows as unknown[][]
        case 'stream': {
          const rows: unknown[][] = []
          for await (const row of connection.stream(sql, options(params))) rows.push(row as unknown[])
          return rows
        }
        case 'cursor': {
          await using cursor = connection.cursor({ rowShape: 'array' })
          await cursor.execute(sql, params, limits)
          const rows: unknown[][] = []
          for (;;) {
            const some = (await cursor.fetchMany(1000, limits)) as unknown[][]
            if (some.length === 0) return rows
            rows.push(...some)
          }
        }
        default:
          return how satisfies never
      }
    },
    async write(sql, params) {
      await connection.query(sql, { ...limits, params })
    },
  }
}

/** Counts over a process, so that a defect shows however few queries each worker gets done. */
export class Turns {
  #count = 0

  isNext(every: number): boolean {
    this.#count += 1
    return this.#count % every === 0
  }
}

/** Access with a defect in it; that of memory leaks is in the process, and not here. */
export function withDefect(access: Access, connection: Connection, defect: Defect | undefined, turns: Turns): Access {
  const reading = (change: (rows: unknown[][]) => unknown[][] | Promise<unknown[][]>): Access => ({
    ...access,
    read: async (...args) => change(await access.read(...args)),
  })
  switch (defect) {
    case undefined:
    case 'client-leaks-memory':
    case 'engine-leaks-memory':
      return access
    case 'decoder-throws':
      return reading(() => {
        throw new DecodeError('a seeded defect', { outcome: 'failed' })
      })
    case 'rows-reordered':
      return reading((rows) => (rows.length > 1 && turns.isNext(5) ? [rows[1]!, rows[0]!, ...rows.slice(2)] : rows))
    case 'row-altered':
      return reading((rows) =>
        rows.length > 0 && turns.isNext(5) ? rows.with(-1, ['altered', ...(rows.at(-1) ?? []).slice(1)]) : rows,
      )
    case 'promise-never-settles':
      return reading((rows) => (turns.isNext(20) ? sleep(2 ** 31 - 1, rows, { ref: false }) : rows))
    case 'queries-left-open':
      return reading(async (rows) => {
        const forgotten = 'SELECT i FROM range(100000) AS forgotten(i)'
        for (const cursor of [connection.cursor(), connection.cursor()]) await cursor.execute(forgotten)
        return rows
      })
    case 'write-runs-twice':
      return {
        ...access,
        async write(sql, params) {
          await access.write(sql, params)
          if (sql === WRITE_LEDGER && turns.isNext(3)) await access.write(sql, params)
        },
      }
    default:
      return defect satisfies never
  }
}

/** Begins the defect that is in the process of a client. */
export function leakIfSeeded(defect: Defect | undefined, overMs: number): void {
  if (defect === 'client-leaks-memory') leakHeap({ share: LEAK_SHARE, overMs })
}
