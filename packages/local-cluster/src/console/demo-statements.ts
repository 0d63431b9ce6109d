import type { Connection } from 'e6data-connector'

export interface DemoStatements {
  /** Statements with a small result. */
  quick: readonly string[]
  /** Statements with a result of many batches. */
  slow: readonly string[]
}

const RETAIL: DemoStatements = {
  quick: [
    'SELECT status, count(*) AS orders FROM orders GROUP BY status',
    'SELECT customer_id, name, age FROM customers WHERE customer_id = 4711',
    "SELECT s.name, sum(o.amount) AS revenue FROM orders o JOIN stores s USING (store_id) WHERE o.status = 'paid' GROUP BY s.name",
    'SELECT region, count(*) AS orders FROM orders WHERE quantity > 3 GROUP BY region',
  ],
  slow: ['SELECT order_id, region, amount FROM orders'],
}

/** Returns statements for the built-in tables, or for any others. */
export async function demoStatements(connection: Connection, data: 'retail' | 'own'): Promise<DemoStatements> {
  if (data === 'retail') return RETAIL
  const tables = (await connection.getTables()).map((table) => `"${table.replaceAll('"', '""')}"`)
  if (tables.length === 0) return { quick: ['SELECT 1 AS one'], slow: ['SELECT 1 AS one'] }
  return {
    quick: tables.map((table) => `SELECT count(*) AS n FROM ${table}`),
    slow: tables.map((table) => `SELECT * FROM ${table}`),
  }
}
