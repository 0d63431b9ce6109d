import { type Connection, connect, E6dataError } from 'e6data-connector'
import { IndependentServer } from '../../independent-server/independent-server.ts'
import { check, type OracleRow } from '../../independent-server/oracle.ts'
import { clientOptions } from '../../scenarios/scenario.ts'
import { until } from '../../scenarios/waiting.ts'
import { type Cell, cellName, isAt, isPromised } from './cells.ts'

/** Limits of a statement, in milliseconds: short for what hangs, so that it does not hold the matrix up. */
const LIMIT_MS = 5000
const SILENCE_LIMIT_MS = 1500
/** How soon nothing is open any more, in milliseconds. What hangs is repeated only when it has been given up. */
const CLEARED_WITHIN_MS = 2500
const CLEARED_AFTER_SILENCE_WITHIN_MS = 10_000
const ROWS = { SELECT: 20, INSERT: 1 } as const
const SQL = {
  SELECT: "SELECT 'tag=cell n=20'",
  INSERT: "INSERT INTO written VALUES ('tag=cell n=1')",
} as const

/** What a cell came to: how the statement ended, what was wrong about it, and the server's log. */
export interface CellReport {
  readonly end: string
  readonly wrongs: readonly string[]
  readonly log: string
}

export async function runCell(cell: Cell): Promise<CellReport> {
  await using server = new IndependentServer()
  const listener = await server.listen()
  let isDue = cell.place.name === 'login'
  let lost: string | undefined
  server.onCall = (call) => {
    if (!isDue || !isAt(cell.place, call)) return undefined
    isDue = false
    const before = server.engine.queries.size
    // By then the engine has acted, if it does at all: an id that is lost with its answer can be cleared by no client.
    if (call.step === 'prepare')
      queueMicrotask(() => {
        lost = [...server.engine.queries][before]?.id
      })
    return { ...cell.fault.decision, acts: cell.acts }
  }
  // A port may be used again: what was known of another cell's server is known of its user alone.
  const username = `analyst of ${cellName(cell)}`
  const options = {
    ...clientOptions(listener),
    username,
    retryDelayMs: 20,
    advanced: { autoResumePollMs: 20 },
    autoResumeTimeoutMs: 1000,
  }
  let connection: Connection | undefined
  try {
    connection = await connect(options)
    isDue ||= cell.place.name !== 'login'
    if (cell.place.name === 'renewal') server.engine.sessions.expire()
    const wrongRows = cell.place.name === 'cancel' ? await runAndCancel(connection, cell) : await run(connection, cell)
    return await judged(cell, server, lost, { kind: 'ok', wrongRows })
  } catch (error) {
    return await judged(cell, server, lost, { kind: 'error', error })
  } finally {
    await connection?.close({ timeoutMs: 500 })
  }
}

async function run(connection: Connection, cell: Cell): Promise<string | undefined> {
  const { statement } = cell
  const { rows } = await connection.query<OracleRow>(SQL[statement], { timeoutMs: limitOf(cell) })
  return check(rows, { rows: ROWS[statement], tag: 'cell' })
}

async function runAndCancel(connection: Connection, cell: Cell): Promise<undefined> {
  const cursor = connection.cursor()
  await cursor.execute(SQL[cell.statement], undefined, { timeoutMs: limitOf(cell) })
  await cursor.cancel()
  await cursor.close()
}

/** A login waits for a strategy that is silent for longer than a statement does here. */
const limitOf = ({ fault, place }: Cell) =>
  fault.voice === 'silence' && !place.steps.includes('login') ? SILENCE_LIMIT_MS : LIMIT_MS

type End = { kind: 'ok'; wrongRows: string | undefined } | { kind: 'error'; error: unknown }

async function judged(cell: Cell, server: IndependentServer, lost: string | undefined, end: End): Promise<CellReport> {
  const wrongs: string[] = []
  const executions = server.executions('cell')
  if (end.kind === 'ok') {
    if (end.wrongRows) wrongs.push(`rows: ${end.wrongRows}`)
    if (cell.statement === 'INSERT' && executions !== 1) wrongs.push(`doubled: ok, executed ${executions} times`)
  } else {
    if (!(end.error instanceof E6dataError)) wrongs.push(`untyped: ${end.error}`)
    else if (end.error.outcome !== 'unknown' && executions > 0 && cell.statement === 'INSERT')
      wrongs.push(`outcome: ${end.error.outcome}, executed ${executions} times`)
    else if (end.error.outcome === 'not-sent' && executions > 0) wrongs.push('outcome: not-sent, executed')
    if (cell.statement === 'INSERT' && executions > 1) wrongs.push(`doubled: executed ${executions} times`)
    if (isPromised(cell)) wrongs.push('not recovered')
  }
  const open = () => server.openQueries().filter(({ id }) => id !== lost).length
  const withinMs = cell.fault.voice === 'silence' ? CLEARED_AFTER_SILENCE_WITHIN_MS : CLEARED_WITHIN_MS
  await until('cleared', withinMs, () => open() === 0).catch(() => wrongs.push(`left open: ${open()}`))
  wrongs.push(...server.engine.violations.map((violation) => `server: ${violation}`))
  return { end: wordsFor(end), wrongs, log: String(server.log) }
}

const wordsFor = (end: End) =>
  end.kind === 'ok'
    ? 'ok'
    : end.error instanceof E6dataError
      ? `${end.error.name} (${end.error.outcome}): ${end.error.message.slice(0, 100)}`
      : String(end.error)
