import { readFileSync } from 'node:fs'
import * as connector from 'e6data-connector'
import { type CallRecord, type LocalCluster, startCluster } from 'e6data-local-cluster'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { OPTION_TABLE } from '../packages/connector/src/options/option-table.ts'
import { POOL_OPTION_TABLE } from '../packages/connector/src/options/pool-option-table.ts'
import { namedParts, readFunctionTable } from './python-compatibility/function-table.ts'
import { type PythonConnector, pythonConnector } from './python-compatibility/python-connector.ts'
import { type PythonRun, runPython } from './python-compatibility/python-run.ts'
import { asPythonWrites, EVERY_TYPE } from './python-compatibility/python-values.ts'
import { missingHeaders } from './python-compatibility/wire-facts.ts'

const ORDERS = 20_000
const ACCESS_TOKEN = 'an-access-token'
const INSTALL_AND_RUN_MS = 600_000

const page = readFileSync(new URL('../docs/python-compatibility.md', import.meta.url), 'utf8')
const table = readFunctionTable(page.slice(page.indexOf('\n## Connections')))

let cluster: LocalCluster

const place = () => ({ cluster, orders: ORDERS, accessToken: ACCESS_TOKEN })

beforeAll(async () => {
  cluster = await startCluster({ rows: ORDERS, batchRows: 3000, adminPort: false, accessTokens: { ada: ACCESS_TOKEN } })
})

afterAll(async () => {
  await cluster.close()
})

describe('the compatibility page', () => {
  test('every function of ours that it names exists', async () => {
    const options = { url: cluster.url, strategyStore: 'process' } as const
    await using connection = await connector.connect(options)
    await using pool = connector.createPool(options)
    await using lease = await pool.acquire()
    await using cursor = connection.cursor()
    await using manager = connector.clusterManager(options)
    const owners = new Map<string, object>(
      Object.entries({ connection, cursor, pool, lease, manager, strategy: connection.strategy }),
    )
    const missing = table.flatMap(({ python, typescript }) =>
      typescript
        .flatMap((code) => namedParts(code, new Set(owners.keys())))
        .filter((part) => {
          switch (part.kind) {
            case 'member':
              return !(part.name in (owners.get(part.owner) ?? {}))
            case 'option':
              return !(part.name in OPTION_TABLE || part.name in POOL_OPTION_TABLE)
            case 'export':
              return !(part.name in connector)
            default:
              return part satisfies never
          }
        })
        .map((part) => `${python}: ${part.name}`),
    )
    expect(missing).toEqual([])
    expect(table.length).toBeGreaterThan(100)
  })

  test('a name that does not exist would be noticed', () => {
    const rows = readFunctionTable(
      '| `Cursor.fetchone()` | `cursor.fetchUno()` or `fetchOne` | |\n| `Cursor.next()` | — | |',
    )
    expect(rows).toEqual([
      { python: 'Cursor.fetchone', typescript: ['cursor.fetchUno()', 'fetchOne'] },
      { python: 'Cursor.next', typescript: [] },
    ])
    const owners = new Set(['cursor'])
    expect(rows[0]?.typescript.flatMap((code) => namedParts(code, owners))).toEqual([
      { kind: 'member', owner: 'cursor', name: 'fetchUno' },
      { kind: 'option', name: 'fetchOne' },
    ])
    expect(namedParts('connect({ … })', owners)).toEqual([{ kind: 'export', name: 'connect' }])
  })
})

describe('the Python connector', () => {
  const promises = {
    values_of_every_type: 'reads values of every type',
    reading_a_result_in_every_way: 'reads a result whole, by batches, by numbers of rows and row by row',
    statements_with_and_without_a_catalog: 'runs statements with and without a catalog, and with a semicolon',
    parameters_that_try_to_break_out: 'gets hostile parameters back as they were',
    what_the_engine_knows_of_its_tables: 'lists catalogs, schemas, tables and columns',
    status_plans_and_clearing: 'asks for status and plans, clears and dry-runs',
    cancelling_a_query_that_runs: 'cancels a query',
    many_threads_on_a_pool: 'shares the connections of its pool among many threads',
    cluster_is_active: 'finds the cluster active',
    wrong_credentials_and_wrong_statements: 'gets errors for wrong credentials and wrong SQL',
    clearing_without_a_query: 'may clear a cursor that has no query, which hides no error in SQL',
    batches_of_batches: 'reads batches of batches',
    coroutines: 'works from coroutines',
  }

  let python: PythonConnector
  let run: PythonRun
  let calls: CallRecord[]

  beforeAll(async () => {
    python = await pythonConnector()
    if (python.kind === 'unavailable') return
    cluster.clearCalls()
    run = await runPython(python.python, place())
    calls = cluster.calls()
  }, INSTALL_AND_RUN_MS)

  /** Without Python or a way to its package index there is nothing to see; the report says so. */
  function needsPython(context: TestContext): string {
    return python.kind === 'ready' ? python.python : context.skip(python.reason)
  }

  test.for(Object.entries(promises).map(([check, promise]) => [promise, check] as const))(
    '%s',
    ([, check], context) => {
      needsPython(context)
      expect(run.checks.get(check)).toMatchObject({ passed: true })
    },
  )

  test('does nothing else than these', (context) => {
    needsPython(context)
    expect([...run.checks.keys()]).toEqual(Object.keys(promises))
  })

  test('reads the values that this connector reads', async (context) => {
    needsPython(context)
    await using connection = await connector.connect({ url: cluster.url, strategyStore: 'process' })
    const { rows, columns } = await connection.query(EVERY_TYPE, { rowShape: 'array' })
    const expected = rows.map((row) => row.map((value, index) => asPythonWrites(value, columns[index]!.type)))
    expect(run.checks.get('values_of_every_type')?.rows).toEqual(expected)
  })

  test('sends the headers that the protocol asks for, and meets no mismatch', (context) => {
    needsPython(context)
    expect(calls.length).toBeGreaterThan(100)
    expect(calls.flatMap(missingHeaders)).toEqual([])
    expect(calls.filter(({ httpStatus }) => httpStatus !== 200)).toEqual([])
  })

  test('reads batches of batches with one call for several, and one by one where a server has no such call', async (context) => {
    const program = needsPython(context)
    expect(run.checks.get('batches_of_batches')).toMatchObject({ protocol: 'v2' })
    const fault = { kind: 'grpc-status', status: 'unimplemented', message: 'no such call' } as const
    const refusal = cluster.inject({ method: 'getNextResultBatchV2', occurrence: 'every', fault })
    const { checks } = await runPython(program, place(), 'batches_of_batches')
    refusal.remove()
    expect(checks.get('batches_of_batches')).toMatchObject({ passed: true, protocol: 'v1' })
  })

  test('resumes a suspended cluster', async (context) => {
    const program = needsPython(context)
    await cluster.suspend()
    const { checks } = await runPython(program, place(), 'a_suspended_cluster_is_resumed')
    expect(checks.get('a_suspended_cluster_is_resumed')).toMatchObject({ passed: true })
    expect(cluster.availability).toBe('active')
  })

  describe('with an access token', () => {
    test('reads a result in every way, and lists what there is, without ever logging in', async (context) => {
      const program = needsPython(context)
      cluster.clearCalls()
      const { checks } = await runPython(program, place(), 'an_access_token_in_place_of_a_login')
      expect(checks.get('an_access_token_in_place_of_a_login')).toMatchObject({ passed: true })
      const calls = cluster.calls()
      expect(calls.length).toBeGreaterThan(20)
      expect(calls.filter(({ grpcStatus }) => grpcStatus !== 0)).toEqual([])
      expect(calls.filter(({ method }) => method === 'authenticate')).toEqual([])
      expect(calls.filter(({ authorization, sessionId }) => authorization !== 'Bearer' || sessionId)).toEqual([])
    })

    test('understands how the router refuses a strategy, and resumes a suspended cluster', async (context) => {
      const program = needsPython(context)
      cluster.clearCalls()
      const moved = await runPython(program, place(), 'a_mismatch_with_an_access_token')
      expect(moved.checks.get('a_mismatch_with_an_access_token')).toMatchObject({ passed: true })
      expect(cluster.calls().filter(({ grpcMessage }) => grpcMessage === 'status: 456')).toHaveLength(1)
      await cluster.suspend()
      const resumed = await runPython(program, place(), 'a_suspended_cluster_is_resumed_with_an_access_token')
      expect(resumed.checks.get('a_suspended_cluster_is_resumed_with_an_access_token')).toMatchObject({ passed: true })
      expect(cluster.availability).toBe('active')
    })

    test('gets an error for one that is refused', async (context) => {
      const { checks } = await runPython(needsPython(context), place(), 'a_wrong_access_token')
      expect(checks.get('a_wrong_access_token')).toMatchObject({ passed: true })
    })
  })

  test('has no public name that the page leaves out', (context) => {
    needsPython(context)
    const { functions, options, errors } = run.surface
    const named = new Set(table.map(({ python: name }) => name))
    expect([...functions, ...options, ...errors].filter((name) => !named.has(name))).toEqual([])
  })

  test('is the version that the page was written for', (context) => {
    needsPython(context)
    expect(python).toMatchObject({ version: /version (\d+\.\d+\.\d+)/.exec(page)?.[1] })
  })
})
