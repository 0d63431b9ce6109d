import type { Fingerprint } from './checksum.ts'
import type { Reference } from './reference.ts'

/** One statement of the mix, its expected result, and how it is read. */
export interface WorkItem {
  readonly name: string
  readonly sql: string
  readonly params: readonly (string | number)[]
  readonly expected: Fingerprint
  /** Read as a whole, or as a stream. */
  readonly read: 'query' | 'stream'
  /** How often it is drawn, relative to the others. */
  readonly weight: number
}

type Draft = Omit<WorkItem, 'expected' | 'params'> & { readonly params?: WorkItem['params'] }

const SCAN_ROWS = 100_000
const WIDE_ROWS = 2000

/** Small aggregates, scans of 100 000 rows, and wide rows with every type. */
const RETAIL: readonly Draft[] = [
  {
    name: 'orders of a region',
    sql: 'SELECT status, count(*) AS orders, sum(quantity) AS pieces FROM orders WHERE region = ? GROUP BY status',
    params: ['🏝️'],
    read: 'query',
    weight: 30,
  },
  {
    name: 'one customer',
    sql: 'SELECT customer_id, name, age, joined_at FROM customers WHERE customer_id = ?',
    params: [4711],
    read: 'query',
    weight: 30,
  },
  {
    name: 'revenue by store',
    sql: 'SELECT s.name, count(*) AS orders, sum(o.amount) AS revenue FROM orders o JOIN stores s USING (store_id) WHERE o.status = ? GROUP BY s.name',
    params: ['paid'],
    read: 'query',
    weight: 20,
  },
  {
    name: 'scan',
    sql: `SELECT order_id, customer_id, amount, discount, region FROM orders WHERE order_id < ${SCAN_ROWS}`,
    read: 'stream',
    weight: 6,
  },
  {
    name: 'wide rows of every type',
    sql: `SELECT * FROM orders WHERE order_id < ${WIDE_ROWS}`,
    read: 'query',
    weight: 14,
  },
]

/** For data of one's own: count each table, and read the first rows of it. */
async function draftsOf(reference: Reference): Promise<Draft[]> {
  const tables = await reference.tables()
  return tables.flatMap((table): Draft[] => [
    { name: `count ${table}`, sql: `SELECT count(*) AS n FROM "${table}"`, read: 'query', weight: 10 },
    { name: `read ${table}`, sql: `SELECT * FROM "${table}" LIMIT ${SCAN_ROWS}`, read: 'stream', weight: 5 },
  ])
}

/** The statements to run, each with what DuckDB itself says its result is. */
export async function prepareWorkload(reference: Reference, data: 'retail' | 'own'): Promise<WorkItem[]> {
  const drafts = data === 'retail' ? RETAIL : await draftsOf(reference)
  const items: WorkItem[] = []
  for (const draft of drafts) {
    const columns = await reference.comparableColumns(withValues(draft.sql, draft.params ?? []))
    const sql = draft.sql.replace('SELECT *', `SELECT ${columns.join(', ')}`)
    const expected = await reference.fingerprint(withValues(sql, draft.params ?? []))
    items.push({ ...draft, sql, params: draft.params ?? [], expected })
  }
  return items
}

/** The statement as DuckDB takes it directly. */
function withValues(sql: string, params: WorkItem['params']): string {
  let next = 0
  return sql.replaceAll('?', () => {
    const value = params[next++]!
    return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
  })
}

/** Draws statements by their weights, the same way for the same seed. */
export function drawer(items: readonly WorkItem[], seed: number): () => WorkItem {
  let total = 0
  const upTo = items.map(({ weight }) => {
    total += weight
    return total
  })
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    const drawn = (state >>> 0) % total
    return items.find((_, index) => drawn < upTo[index]!)!
  }
}
