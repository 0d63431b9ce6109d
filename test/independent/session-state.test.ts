import { createPool, type E6dataError, SessionStateLostError } from 'e6data-connector'
import { expect, it } from 'vitest'
import type { Call } from '../independent-server/call.ts'
import { REFUSED } from '../independent-server/reply.ts'
import { clientOptions, failureOf, Stage } from '../scenarios/scenario.ts'
import { insert, runSelect, select, wordsFor } from '../scenarios/statements.ts'
import { until } from '../scenarios/waiting.ts'

const SET = "SET region = 'tag=set n=1'"
const NEW_WORK: readonly Call['step'][] = ['login', 'prepare']

it.each(['SET', 'USE', 'CREATE TEMPORARY TABLE', 'create or replace temp view'])(
  'a connection that ran %s keeps its session when new work moves to green',
  async (words) => {
    await using stage = new Stage()
    const it = await stage.server()
    const [keeps, moves] = [await stage.client(it), await stage.client(it)]
    await keeps.it.query(`${words} x AS 'tag=set n=1'`)
    it.server.engine.announcements.blue = 'green'
    await runSelect(moves, 'told')
    await moves.happened('strategy:ready')
    expect(await runSelect(moves, 'moves')).toMatchObject({ strategy: 'green' })
    const logins = it.server.callCounts()['login@blue']
    expect(await runSelect(keeps, 'keeps')).toMatchObject({ strategy: 'blue', fault: undefined })
    expect(it.server.callCounts()['login@blue']).toBe(logins)
  },
)

it('when the deployment of such a session takes no new work any more, no statement runs under other settings', async () => {
  await using stage = new Stage()
  const it = await stage.server()
  const client = await stage.client(it, { pinnedRefusalPatienceMs: 200 })
  await client.it.query(SET)
  it.server.onCall = ({ strategy, step }) => (strategy === 'blue' && NEW_WORK.includes(step) ? REFUSED : undefined)
  for (const sql of [select('lost'), insert('lost')]) {
    const error = await failureOf(client.it.query(sql))
    expect(error).toBeInstanceOf(SessionStateLostError)
    expect(error as E6dataError).toMatchObject({ outcome: 'not-sent', strategy: 'blue', code: 'E6_SESSION_STATE_LOST' })
  }
  expect(client.it.checkConnection()).toBe(false)
  expect(it.server.runs('lost')).toEqual([])

  await client.it.query(SET)
  expect(await runSelect(client, 'again')).toMatchObject({ strategy: 'green', fault: undefined })
  expect(client.it.checkConnection()).toBe(true)
})

it('a brief refusal loses no session state, since another proxy may accept', async () => {
  await using stage = new Stage()
  const it = await stage.server()
  const client = await stage.client(it)
  await client.it.query(SET)
  let refusals = 3
  it.server.onCall = ({ step }) => (step === 'prepare' && refusals-- > 0 ? REFUSED : undefined)
  expect(await runSelect(client, 'a')).toMatchObject({ strategy: 'blue', fault: undefined })
})

it('when such a session expires, the program gets an error, and may continue without its settings', async () => {
  await using stage = new Stage()
  const it = await stage.server()
  const client = await stage.client(it)
  await client.it.query(SET)
  it.server.engine.sessions.expire()
  expect(await failureOf(client.it.query(select('a')))).toBeInstanceOf(SessionStateLostError)
  expect(it.server.runs('a')).toEqual([])
  await client.it.reauthenticate()
  expect(wordsFor(await runSelect(client, 'b'))).toBe('ok')
})

it('a query that is cut off when such a session expires is not run again under other settings', async () => {
  await using stage = new Stage()
  const it = await stage.server()
  const client = await stage.client(it, { maxBufferedBytes: 1 })
  await client.it.query(SET)
  const cursor = client.it.cursor()
  await cursor.execute(select('a'))
  it.server.engine.sessions.expire()
  expect(await failureOf(cursor.fetchAll())).toBeInstanceOf(SessionStateLostError)
  expect(it.server.executions('a')).toBe(1)
})

it('a pool hands out no connection that has lost its session settings', async () => {
  await using stage = new Stage()
  const { server, listener } = await stage.server()
  const pool = createPool({ ...clientOptions(listener), max: 1 })
  stage.onEnd(() => pool.close())
  await pool.query(SET)
  server.engine.sessions.expire()
  expect(await failureOf(pool.query(select('a')))).toBeInstanceOf(SessionStateLostError)
  expect((await pool.query(select('a'))).rowCount).toBe(35)
  await until('all is cleared', 2000, () => server.openQueries().length === 0)
})
