// A program of a user, compiled by the oldest and the newest TypeScript against the packages as they are built.
import { type Connection, connect, createPool, E6dataError, type StatementParameters } from 'e6data-connector'
import { decodeResultMetadata } from 'e6data-connector/wire'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

function same<A, B>(..._proof: Same<A, B> extends true ? [] : ['the types differ', A, B]): void {
  // Nothing happens when the program runs.
}

interface Trip {
  id: bigint
  fare: number
}

interface TripParameters {
  readonly from: string
  readonly after: Date
}

type Default = string | number | boolean | bigint | Uint8Array | null
type Numbers = string | number | boolean | Uint8Array | Date | null

async function report(connection: Connection): Promise<number> {
  const { rowCount } = await connection.query('SELECT 1')
  return rowCount
}

export async function program(): Promise<void> {
  const connection = await connect({ types: { int64: 'number', timestamp: 'date' }, rowShape: 'array' })
  const { rows } = await connection.query('SELECT 1')
  same<typeof rows, Numbers[][]>()
  for await (const row of connection.stream('SELECT 1')) same<typeof row, Numbers[]>()
  const objects = await connection.query('SELECT 1', { rowShape: 'object', types: { int64: 'bigint' } })
  same<typeof objects.rows, { [column: string]: Numbers | bigint }[]>()
  const parameters: TripParameters = { from: 'A', after: new Date(0) }
  const trips = await connection.query<Trip>('SELECT :from, :after', { params: parameters })
  same<typeof trips.rows, Trip[]>()
  const given: StatementParameters = parameters
  const cursor = connection.cursor<Trip>()
  await cursor.execute('SELECT :from, :after', given)
  const trip = await cursor.fetchOne()
  same<typeof trip, Trip | undefined>()

  const plain = await connect('e6data://h')
  const result = await plain.query('SELECT 1')
  same<typeof result.rows, { [column: string]: Default }[]>()

  const pool = createPool({ types: { int64: 'number' }, max: 2 })
  const pooled = await pool.withConnection((it) => it.query('SELECT 1'))
  same<typeof pooled.rows, { [column: string]: Exclude<Default, bigint> }[]>()
  await report(connection)
  await report(plain)

  // @ts-expect-error a misspelt option
  await connection.query('SELECT 1', { timeoutMS: 5 })
  // @ts-expect-error parameters in the place of options
  await connection.query('SELECT 1', [5])
  // @ts-expect-error a word that is no choice
  await connect({ types: { int64: 'integer' } })
  // @ts-expect-error a Map is no set of parameters
  await connection.query('SELECT 1', { params: new Map() })

  try {
    await pool.ping({ signal: null })
  } catch (error) {
    if (error instanceof E6dataError) same<typeof error.code, string>()
  }
  const { rowCount } = decodeResultMetadata(new Uint8Array())
  same<typeof rowCount, bigint>()
}
