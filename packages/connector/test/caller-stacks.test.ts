/** The stack of every error, from any part of the connector, shows the program's own calling function. */
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultEffect } from 'e6data-local-cluster'
import { afterEach, describe, expect, it } from 'vitest'
import { createPool } from '../src/connect.ts'
import type { Connection } from '../src/connection.ts'
import { E6dataError } from '../src/errors.ts'
import type { Pool } from '../src/pool/pool.ts'
import { BATCH_ROWS, failureOf, localTest } from './local.ts'

const SQL = 'SELECT order_id FROM orders'
const WRONG = 'SELECT * FROM nowhere'

const local = localTest()
const pools: Pool[] = []
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close({ running: 'cancel' })
})

function poolOf(options: Parameters<typeof createPool>[0] & object = {}): Pool {
  const pool = createPool({ url: local.cluster.url, strategyStore: 'process', max: 1, ...options })
  pools.push(pool)
  return pool
}

async function expectStack(theCaller: () => Promise<unknown>): Promise<void> {
  const error = await failureOf(theCaller())
  expect(error).toBeInstanceOf(E6dataError)
  const { stack = '', name, message } = error as E6dataError
  expect(stack).toContain('theCaller')
  expect(stack.startsWith(`${name}: ${message}`)).toBe(true)
}

/** The same, row by row. */
async function readRowsSlowly(connection: Connection): Promise<void> {
  let rows = 0
  for await (const _ of connection.stream(SQL)) if (++rows === BATCH_ROWS) await pause(10)
}

/** Continues reading long after the failing batch was requested. */
async function readSlowly(connection: Connection): Promise<void> {
  for await (const _ of connection.stream(SQL).batches()) await pause(10)
}

const LOST_FETCHES: Readonly<Record<string, FaultEffect>> = {
  'the connection is lost': { kind: 'reset', moment: 'after', what: 'connection' },
  'the strategy refuses it': { kind: 'http-status', status: 456 },
  'its bytes are cut short': { kind: 'truncate', bytes: 20 },
}

describe('the stack of an error shows the caller', () => {
  it('query, whose statement the engine refuses', async () => {
    const connection = await local.connection()
    await expectStack(async function theCaller() {
      await connection.query(WRONG)
    })
  })

  it('query, whose value does not fit a number', async () => {
    const connection = await local.connection()
    await expectStack(async function theCaller() {
      await connection.query('SELECT CAST(9007199254740993 AS BIGINT) AS a', { types: { int64: 'number' } })
    })
  })

  it('query, whose parameter is wrong', async () => {
    const connection = await local.connection()
    await expectStack(async function theCaller() {
      await connection.query('SELECT ?', { params: [Number.NaN] })
    })
  })

  it('query, whose time limit has passed', async () => {
    const connection = await local.connection()
    local.cluster.inject({ method: 'executeStatementV2', fault: { kind: 'hold' } })
    await expectStack(async function theCaller() {
      await connection.query(SQL, { timeoutMs: 20 })
    })
  })

  it('stream', async () => {
    const connection = await local.connection()
    await expectStack(async function theCaller() {
      for await (const _ of connection.stream(WRONG));
    })
  })

  it('stream, and pool.stream, when a value cannot be represented', async () => {
    const connection = await local.connection()
    const pool = poolOf()
    const sql = 'SELECT CAST(9007199254740993 AS BIGINT) AS a'
    for (const source of [connection, pool]) {
      await expectStack(async function theCaller() {
        for await (const _ of source.stream(sql, { types: { int64: 'number' } }));
      })
    }
  })

  for (const [what, fault] of Object.entries(LOST_FETCHES)) {
    it(`stream, and fetch, when a batch that is read ahead fails: ${what}`, async () => {
      const connection = await local.connection({ restartUnreadQueries: false, pinnedRefusalPatienceMs: 0 })
      const inject = () => local.cluster.inject({ method: 'getNextResultBatch', occurrence: 2, fault })
      inject()
      await expectStack(async function theCaller() {
        await readSlowly(connection)
      })
      inject()
      await expectStack(async function theCaller() {
        await readRowsSlowly(connection)
      })
      inject()
      const cursor = connection.cursor()
      await cursor.execute(SQL)
      await pause(20)
      await expectStack(async function theCaller() {
        await cursor.fetchAll()
      })
    })
  }

  it('pool.query and pool.stream', async () => {
    const pool = poolOf()
    await expectStack(async function theCaller() {
      await pool.query(WRONG)
    })
    await expectStack(async function theCaller() {
      for await (const _ of pool.stream(WRONG));
    })
  })

  it('pool.acquire, even when several share a failure', async () => {
    const pool = poolOf({ password: 'wrong' })
    await Promise.all([
      expectStack(async function theCaller() {
        await pool.acquire()
      }),
      expectStack(async function theCallerBeside() {
        await pool.query(SQL)
      }),
    ])
  })

  it('pool.acquire, whose time limit has passed', async () => {
    const pool = poolOf()
    await using _ = await pool.acquire()
    await expectStack(async function theCaller() {
      await pool.acquire({ timeoutMs: 10 })
    })
  })
})

it('the stack depth that a program has chosen is unchanged', async () => {
  const connection = await local.connection()
  const before = Error.stackTraceLimit
  await failureOf(connection.query(WRONG))
  expect(Error.stackTraceLimit).toBe(before)
})

it('each waiter of a shared failure gets its own error, with all its facts', async () => {
  const pool = poolOf({ password: 'wrong' })
  const [one, two] = await Promise.all([failureOf(pool.acquire()), failureOf(pool.acquire())])
  expect(one).not.toBe(two)
  for (const error of [one, two]) {
    expect(error).toMatchObject({ name: 'CredentialsError', code: 'E6_CREDENTIALS', outcome: 'failed' })
    expect((error as Error).cause).toBeInstanceOf(Error)
  }
})
