/** Cursors, for programs that come from the Python connector or any other DB-API: execute, fetch, look at the result. */
import assert from 'node:assert/strict'
import { connect } from 'e6data-connector'

await using connection = await connect()

// Leaving the block clears the query on the server, also on a throw.
await using cursor = connection.cursor<{ name: string; age: number }>({ arraySize: 500 })

const queryId = await cursor.execute('SELECT name, age FROM customers WHERE age >= %(age)s ORDER BY customer_id', {
  age: 65,
})
console.log(`query ${queryId} runs on ${cursor.strategy}, ${cursor.rowCount} rows`)
console.log(cursor.description?.map(({ name, type }) => `${name} ${type}`).join(', '))

// One row, then some, then the rest: nothing is lost between them.
const first = await cursor.fetchOne()
const next = await cursor.fetchMany()
let rest = 0
for await (const rows of cursor.fetchBatches()) rest += rows.length
assert.ok(first)
assert.equal(next.length, 500)
assert.equal(1 + next.length + rest, cursor.rowCount)

// The same cursor runs the next statement, from a clean state.
await cursor.execute("SELECT 'O\\'Brien' AS name, 33 AS age")
assert.deepEqual(await cursor.fetchAll(), [{ name: "O'Brien", age: 33 }])
