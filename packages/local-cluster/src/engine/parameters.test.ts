import { describe, expect, test } from 'vitest'
import { GRPC_STATUS } from '../grpc/rpc-error.ts'
import type { RawQuery } from '../testing/raw-client.ts'
import { withCluster } from '../testing/with-cluster.ts'

const shared = withCluster({ rows: 2000, batchRows: 4000 })

describe('parameters bound by the engine', () => {
  const VALUES: readonly [type: string, value: string, sqlType: string][] = [
    ['LONG', '9007199254740993', 'BIGINT'],
    ['INTEGER', '-5', 'INTEGER'],
    ['DOUBLE', '0.5', 'DOUBLE'],
    ['DECIMAL128', '12345678901234567890.01', 'DECIMAL(38,2)'],
    ['BOOLEAN', 'true', 'BOOLEAN'],
    ['STRING', "O'Brien \\ ?", 'VARCHAR'],
    ['BINARY', '00ff', 'BLOB'],
    ['DATE', '2020-02-29', 'DATE'],
    ['DATETIME', '2020-02-29 12:00:00.5', 'TIMESTAMP'],
    ['INTERVAL_DAY_SECOND', '-90000000', 'INTERVAL'],
    ['TIMESTAMP_TZ', '2020-02-29 12:00:00.5+05:30', 'TIMESTAMPTZ'],
  ]

  async function execute(
    queryString: string,
    params: { index: number; type: string; value: string }[],
  ): Promise<RawQuery> {
    const sessionId = await shared.client.login()
    const query = await shared.client.prepare(queryString, sessionId)
    await shared.client.call('executeStatementV2', { ...query.ids, params }, query.headers)
    return query
  }

  test('values of every type arrive unchanged', async () => {
    const columns = VALUES.map(([type, , sqlType], index) => `?::${sqlType} AS c${index}_${type}`)
    const query = await execute(`SELECT ${columns.join(', ')}, ?::VARCHAR AS nothing`, [
      ...VALUES.map(([type, value], index) => ({ index: index + 1, type, value })),
      { index: VALUES.length + 1, type: 'NULL', value: '' },
    ])
    const [row] = await query.rows()
    expect(Object.values(row ?? {})).toEqual([
      9007199254740993n,
      -5,
      0.5,
      '12345678901234567890.01',
      true,
      "O'Brien \\ ?",
      new Uint8Array([0, 255]),
      '2020-02-29',
      '2020-02-29T12:00:00.500000+00:00',
      '-PT1M30S',
      '2020-02-29T06:30:00.500000+00:00',
      null,
    ])
  })

  test('indexes may start at 0, and parameters work with streamed results', async () => {
    const query = await execute('SELECT range + ? AS n FROM range(?)', [
      { index: 0, type: 'LONG', value: '5' },
      { index: 1, type: 'LONG', value: '20000' },
    ])
    const rows = await query.rows()
    expect([rows.length, rows[0]?.n, rows.at(-1)?.n]).toEqual([20_000, 5n, 20_004n])
  })

  test('an unknown type, and a value that does not fit its type, are refused', async () => {
    await expect(execute('SELECT ?', [{ index: 1, type: 'LONG', value: 'x' }])).rejects.toMatchObject({
      code: GRPC_STATUS.invalidArgument,
    })
    await expect(execute('SELECT ?', [{ index: 1, type: 'SHAPE', value: 'blue' }])).rejects.toMatchObject({
      code: GRPC_STATUS.invalidArgument,
    })
  })

  test('getDynamicParams returns the parameters of a statement', async () => {
    const query = await shared.client.prepare(
      'SELECT * FROM orders WHERE order_id = ? AND region = ?',
      await shared.client.login(),
    )
    expect((await query.call('getDynamicParams')).params).toMatchObject([
      { index: 1, type: 'LONG' },
      { index: 2, type: 'STRING' },
    ])
  })
})
