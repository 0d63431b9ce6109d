import type { Connection } from '../../src/connection.ts'
import { E6dataError, QueryFailedError } from '../../src/errors.ts'
import type { CallOptions } from '../../src/time/deadline.ts'
import type { Operation } from './operation.ts'
import type { ResultRow } from './result-rows.ts'
import type { Form } from './schedule.ts'

/** The context of a program. */
export interface ProgramContext {
  readonly operation: Operation
  readonly connection: Connection
  readonly limits: CallOptions
  /** Lets the program think. */
  pause(ms: number): Promise<void>
  /** A connection to the same cluster elsewhere on this host. */
  elsewhere(): Promise<Connection>
}

type Program = (context: ProgramContext) => Promise<void>

/** Pins are written for others to read after a while; who cancels elsewhere has waited for so long, in milliseconds. */
const UNTIL_PINS_ARE_SHARED_MS = 250

const select = ({ id }: Operation) => `SELECT * FROM part_${id}`

/**
 * Thinks where the decision says so: after each batch, which is as good as after each row where rows come one by one.
 */
async function think({ operation, pause }: ProgramContext): Promise<void> {
  const { pauseMs } = operation.decision
  if (pauseMs > 0) await pause(pauseMs)
}

const hasEnough = ({ rowsSeen, decision }: Operation) => rowsSeen >= (decision.leaveAfter ?? Number.POSITIVE_INFINITY)

/** What programs do, each in its own way. */
export const PROGRAMS: Readonly<Record<Form, Program>> = {
  async query({ connection, operation, limits }) {
    const result = await connection.query<ResultRow>(select(operation), limits)
    for (const row of result.rows) operation.see(row)
    operation.finish(result.strategy)
  },

  async 'query as arrays'({ connection, operation, limits }) {
    const { rows, strategy } = await connection.query(select(operation), { ...limits, rowShape: 'array' })
    for (const [id, run, strategy, position] of rows as [bigint, string, string, number][]) {
      operation.see({ operation: id, run, strategy, position })
    }
    operation.finish(strategy)
  },

  async stream(context) {
    const { connection, operation, limits } = context
    let read = 0
    for await (const row of connection.stream<ResultRow>(select(operation), limits)) {
      operation.see(row)
      read += 1
      if (hasEnough(operation)) return
      if (read % 8 === 0) await think(context)
    }
    operation.finish()
  },

  async batches(context) {
    const { connection, operation, limits } = context
    for await (const batch of connection.stream(select(operation), limits).batches()) {
      for (const row of batch.toRows() as unknown as ResultRow[]) operation.see(row)
      if (hasEnough(operation)) return
      await think(context)
    }
    operation.finish()
  },

  async readable(context) {
    const { connection, operation, limits } = context
    for await (const row of connection.stream<ResultRow>(select(operation), limits).toReadable()) {
      operation.see(row as ResultRow)
      if (hasEnough(operation)) return
    }
    operation.finish()
  },

  async cursor({ connection, operation, limits }) {
    await using cursor = connection.cursor<ResultRow>()
    await cursor.execute(select(operation), undefined, limits)
    for (const row of await cursor.fetchAll(limits)) operation.see(row)
    operation.finish(cursor.strategy)
  },

  async 'cursor by pieces'(context) {
    const { connection, operation, limits } = context
    await using cursor = connection.cursor<ResultRow>()
    await cursor.execute(select(operation), undefined, limits)
    const first = await cursor.fetchOne(limits)
    if (first) operation.see(first)
    await cursor.status(undefined, limits)
    await think(context)
    for (const row of await cursor.fetchMany(3, limits)) operation.see(row)
    await cursor.explain(limits)
    for await (const rows of cursor.fetchBatches(limits)) {
      for (const row of rows) operation.see(row)
      if (hasEnough(operation)) return
      await think(context)
    }
    operation.finish(cursor.strategy)
  },

  async 'cursor twice'({ connection, operation, limits }) {
    await using cursor = connection.cursor<ResultRow>()
    await cursor.execute(select(operation), undefined, limits)
    const first = await cursor.fetchOne(limits)
    if (first) operation.see(first)
    operation.startOver()
    await cursor.execute(select(operation), undefined, limits)
    for (const row of await cursor.fetchAll(limits)) operation.see(row)
    operation.finish(cursor.strategy)
  },

  async write({ connection, operation, limits }) {
    const result = await connection.query<ResultRow>(`INSERT INTO part_${operation.id} VALUES (1)`, limits)
    for (const row of result.rows) operation.see(row)
    operation.finish(result.strategy)
  },

  async tables({ connection, operation, limits }) {
    const name = `part_${operation.id}`
    const tables = await connection.getTables({ database: name, ...limits })
    if (tables[0] !== name) throw new Error(`asked for ${name} and got ${tables}`)
  },

  async 'dry run'({ connection, operation, limits }) {
    const answer = await connection.dryRun(select(operation), limits)
    if (answer !== select(operation)) throw new Error(`asked about ${select(operation)} and got ${answer}`)
  },

  async 'bad statement'({ connection, operation, limits }) {
    try {
      await connection.query(select(operation), limits)
    } catch (error) {
      if (error instanceof QueryFailedError && error.message.includes(`part ${operation.id}:`)) return
      throw error
    }
    throw new Error('a statement with an error in it succeeded')
  },

  async 'forgotten cursor'({ connection, operation, limits }) {
    const { forgotten } = operation.process
    const cursor = connection.cursor<ResultRow>()
    await cursor.execute(select(operation), undefined, limits)
    forgotten.set(operation.connection, (forgotten.get(operation.connection) ?? 0) + 1)
    const first = await cursor.fetchOne(limits)
    if (first) operation.see(first)
  },

  async 'cancelled elsewhere'(context) {
    const { connection, operation, limits } = context
    await using cursor = connection.cursor<ResultRow>()
    const queryId = await cursor.execute(select(operation), undefined, limits)
    await context.pause(UNTIL_PINS_ARE_SHARED_MS)
    operation.interferences.add('it was cancelled elsewhere')
    void cancelFrom(context.elsewhere(), queryId, limits) // another process, which may die in the middle of it
    for (const row of await cursor.fetchAll(limits)) operation.see(row)
    operation.finish(cursor.strategy)
  },

  async 'new session'({ connection, limits }) {
    await connection.reauthenticate(limits)
  },

  async 'strategy check'({ connection, limits }) {
    await connection.checkStrategyChange(limits)
  },
}

/** What became of the query is for the one who reads it to find out. */
async function cancelFrom(opening: Promise<Connection>, queryId: string, limits: CallOptions): Promise<void> {
  try {
    await using cursor = (await opening).cursor()
    await cursor.cancel(queryId, limits)
  } catch (error) {
    if (!(error instanceof E6dataError)) throw error
  }
}
