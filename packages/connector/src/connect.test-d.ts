import { expectTypeOf } from 'vitest'
import { type Connection, connect, createPool, type RowOf } from './index.ts'

interface Trip {
  id: bigint
  fare: number
}

interface TripParameters {
  readonly from: string
  readonly after: Date
}

type Whole = string | number | boolean | Uint8Array | null

// Rows have the types set in the options of connect().
const connection = await connect({ types: { int64: 'number', timestamp: 'date' }, rowShape: 'array' })
expectTypeOf((await connection.query('SELECT 1')).rows).toEqualTypeOf<(Whole | Date)[][]>()
for await (const row of connection.stream('SELECT 1')) expectTypeOf(row).toEqualTypeOf<(Whole | Date)[]>()
expectTypeOf(await connection.cursor().fetchOne()).toEqualTypeOf<(Whole | Date)[] | undefined>()

// The options of a statement override it, one by one.
const bigints = await connection.query('SELECT 1', { types: { int64: 'bigint' } })
expectTypeOf(bigints.rows).toEqualTypeOf<(Whole | Date | bigint)[][]>()
const objects = await connection.query('SELECT 1', { rowShape: 'object', timeoutMs: 5 })
expectTypeOf(objects.rows).toEqualTypeOf<{ [column: string]: Whole | Date }[]>()
expectTypeOf(await connection.cursor({ rowShape: 'object' }).fetchAll()).toEqualTypeOf<
  { [column: string]: Whole | Date }[]
>()

// Without options the types are the lossless defaults.
const plain = await connect()
expectTypeOf((await plain.query('SELECT 1')).rows).toEqualTypeOf<{ [column: string]: Whole | bigint }[]>()
const byUrl = await connect('e6data://h')
expectTypeOf((await byUrl.query('SELECT 1')).rows).toEqualTypeOf<{ [column: string]: Whole | bigint }[]>()
const arrays = await byUrl.query('SELECT 1', { rowShape: 'array', types: { int64: 'string', nested: 'parsed' } })
expectTypeOf(arrays.rows[0]![0]!).toExtend<
  string | number | boolean | bigint | Uint8Array | readonly unknown[] | object
>()

// A pool has them too, and so do its connections.
const pool = createPool({ max: 5, types: { int64: 'number' } })
expectTypeOf((await pool.query('SELECT 1')).rows).toEqualTypeOf<{ [column: string]: Whole }[]>()
for await (const row of pool.stream('SELECT 1', { rowShape: 'array' })) expectTypeOf(row).toEqualTypeOf<Whole[]>()
const lent = await pool.withConnection((it) => it.query('SELECT 1'))
expectTypeOf(lent.rows).toEqualTypeOf<{ [column: string]: Whole }[]>()
await using lease = await pool.acquire()
expectTypeOf((await lease.connection.query('SELECT 1')).rows).toEqualTypeOf<{ [column: string]: Whole }[]>()

// An interface works as a row type, and as named parameters.
const parameters: TripParameters = { from: 'A', after: new Date(0) }
const trips = await connection.query<Trip>('SELECT * FROM trips WHERE a = :from AND b > :after', { params: parameters })
expectTypeOf(trips.rows).toEqualTypeOf<Trip[]>()
for await (const trip of connection.stream<Trip>('SELECT 1', { params: [1n, 'a', null, [1, 2]] }))
  expectTypeOf(trip).toEqualTypeOf<Trip>()
const cursor = plain.cursor<Trip>()
await cursor.execute('SELECT :from, :after', parameters)
expectTypeOf(await cursor.fetchMany(5)).toEqualTypeOf<Trip[]>()
interface TripColumns {
  id: 'LONG'
  fare: 'DOUBLE'
}
expectTypeOf<RowOf<TripColumns>>().toEqualTypeOf<{ id: bigint | null; fare: number | null }>()

// A function that accepts any connection accepts each of them.
declare function report(of: Connection): void
report(plain)
report(connection)
report(lease.connection)

// The compiler rejects what cannot be right.
// @ts-expect-error a misspelt option
await connection.query('SELECT 1', { timeoutMS: 5 })
// @ts-expect-error parameters in the place of options
await connection.query('SELECT 1', [5])
// @ts-expect-error an invalid choice
await connection.query('SELECT 1', { types: { int64: 'integer' } })
// @ts-expect-error a Date is not a set of parameters
await connection.query('SELECT 1', { params: new Date(0) })
// @ts-expect-error a Map is not a set of parameters
await connection.query('SELECT 1', { params: new Map() })
// @ts-expect-error a symbol cannot be written
await connection.query('SELECT ?', { params: [Symbol('a')] })
// @ts-expect-error not by name either
await connection.query('SELECT :a', { params: { a: Symbol('a') } })
// @ts-expect-error a misspelt option
await connect({ hots: 'localhost' })
// @ts-expect-error an option of a pool
await connect({ max: 5 })
