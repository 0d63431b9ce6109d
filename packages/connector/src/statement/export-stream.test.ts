import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { BATCH_ROWS, localTest, ORDERS } from '../../test/local.ts'
import { createPool } from '../connect.ts'
import type { QueryStream } from './query-stream.ts'

const local = localTest()

const SAMPLE = `SELECT * FROM (VALUES
  (1::BIGINT, 'a,"b"', 12.50::DECIMAL(7,2), DATE '1969-12-31', TIMESTAMP '2026-02-12 15:14:15.123456', [1, 2], INTERVAL '1 day', true,
    1234567890.123456789::DECIMAL(19,9)),
  (9223372036854775807, '', -0.01, DATE '2026-02-12', TIMESTAMP '1969-12-31 23:59:59.999999', [], INTERVAL '-5 microseconds', false, 0),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) AS t(id, text, amount, day, moment, list, gap, yes, exact)`

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of stream) {
    expect(part).toBeInstanceOf(Uint8Array)
    parts.push(part as Uint8Array)
  }
  return Buffer.concat(parts).toString()
}

/** Reads a Parquet file with DuckDB. */
async function readParquet(bytes: Uint8Array, select: string): Promise<unknown[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'e6data-parquet-'))
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const path = join(folder, 'result.parquet')
    await writeFile(path, bytes)
    const connection = await instance.connect()
    await connection.run("SET TimeZone = 'UTC'")
    const result = await connection.runAndReadAll(select.replace('$file', `'${path}'`))
    return result.getRowsJson()
  } finally {
    instance.closeSync()
    await rm(folder, { recursive: true })
  }
}

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  return Buffer.concat((await Readable.from(stream).toArray()) as Uint8Array[])
}

describe('a result as a stream of bytes', () => {
  test('is CSV that distinguishes NULL from an empty string', async () => {
    const connection = await local.connection()
    expect(await textOf(connection.stream(SAMPLE).toCsv())).toBe(
      [
        'id,text,amount,day,moment,list,gap,yes,exact',
        '1,"a,""b""",12.50,1969-12-31,2026-02-12T15:14:15.123456+00:00,"[1,2]",P1D,true,1234567890.123456789',
        '9223372036854775807,"",-0.01,2026-02-12,1969-12-31T23:59:59.999999+00:00,[],-PT0.000005S,false,0.000000000',
        ',,,,,,,,',
        '',
      ].join('\n'),
    )
    expect(await textOf(connection.stream('SELECT 1 AS a').toCsv({ header: false }))).toBe('1\n')
    expect(await textOf(connection.stream('SELECT 1 AS a WHERE 1 = 0').toCsv())).toBe('a\n')
  })

  test('is a JSON object per line, without loss', async () => {
    const connection = await local.connection()
    const lines = (await textOf(connection.stream(SAMPLE).toNdjson())).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { id: '1', amount: '12.50', list: [1, 2], gap: 'P1D', yes: true },
      { id: '9223372036854775807', text: '' },
      { id: null, exact: null },
    ])
    const nested = "SELECT {'a': 1234567890.123456789::DECIMAL(19,9), 'b': 9007199254740993} AS s, 2::BIGINT AS n"
    expect(await textOf(connection.stream(nested).toNdjson())).toBe(
      '{"s":{"a":"1234567890.123456789","b":"9007199254740993"},"n":"2"}\n',
    )
    expect(await textOf(connection.stream(nested).toNdjson({ numbers: true }))).toBe(
      '{"s":{"a":1234567890.123456789,"b":9007199254740993},"n":2}\n',
    )
  })

  test('is a Parquet file that another reader reads with the same values and types', async () => {
    const connection = await local.connection()
    const file = await bytesOf(connection.stream(SAMPLE).toParquet())
    const rows = await readParquet(file, 'SELECT * FROM $file')
    expect(rows).toEqual([
      [
        '1',
        'a,"b"',
        '12.50',
        '1969-12-31',
        '2026-02-12 15:14:15.123456',
        '[1,2]',
        '86400000000',
        true,
        '1234567890.123456789',
      ],
      [
        '9223372036854775807',
        '',
        '-0.01',
        '2026-02-12',
        '1969-12-31 23:59:59.999999',
        '[]',
        '-5',
        false,
        '0.000000000',
      ],
      Array(9).fill(null),
    ])
    // Statistics decide which row groups a filter reads.
    expect(await readParquet(file, 'SELECT count(*) FROM $file WHERE amount < 0 AND id > 1')).toEqual([['1']])
  })

  test('is complete over many batches and row groups', async () => {
    const connection = await local.connection()
    const sql = 'SELECT range AS id, range * 3 AS triple FROM range(70000)'
    const file = await bytesOf(connection.stream(sql).toParquet())
    expect(await readParquet(file, 'SELECT count(*), count(DISTINCT id), sum(triple), max(id) FROM $file')).toEqual([
      ['70000', '70000', String((70_000n * 69_999n * 3n) / 2n), '69999'],
    ])
    const groups = await readParquet(file, 'SELECT count(DISTINCT row_group_id) FROM parquet_metadata($file)')
    expect(Number(groups[0]![0])).toBeGreaterThan(1)
  })

  test.each([
    [
      'CSV',
      (stream: QueryStream<unknown>) => stream.toCsv(),
      (stream: QueryStream<unknown>) => stream.toCsv({ stream: 'web' }),
    ],
    [
      'NDJSON',
      (stream: QueryStream<unknown>) => stream.toNdjson(),
      (stream: QueryStream<unknown>) => stream.toNdjson({ stream: 'web' }),
    ],
    [
      'Parquet',
      (stream: QueryStream<unknown>) => stream.toParquet(),
      (stream: QueryStream<unknown>) => stream.toParquet({ stream: 'web' }),
    ],
  ] as const)('as %s is a web stream too, of the same bytes', async (_, toNode, toWeb) => {
    const connection = await local.connection()
    const sql = 'SELECT order_id, region, amount FROM orders'
    const node = await bytesOf(toNode(connection.stream(sql)))
    const web = toWeb(connection.stream(sql))
    expect(web).toBeInstanceOf(ReadableStream)
    expect(Buffer.from(await bytesOf(web))).toEqual(Buffer.from(node))
    expect(await bytesOf(Readable.toWeb(toNode(connection.stream(sql))))).toEqual(node)
  })

  test('rows in a Node stream are rows in a web stream', async () => {
    const connection = await local.connection()
    const rows: unknown[] = []
    for await (const row of Readable.toWeb(connection.stream('SELECT order_id FROM orders').toReadable()))
      rows.push(row)
    expect(rows).toHaveLength(ORDERS)
  })

  test('that is left early ends the query on the server, and requests no more than it has room for', async () => {
    const connection = await local.connection()
    const stream = connection.stream('SELECT * FROM orders', { maxBufferedBytes: 1 })
    const csv = stream.toCsv()
    await new Promise((resolve) => csv.once('readable', resolve))
    expect(local.calls('getNextResultBatch').length).toBeLessThan(ORDERS / BATCH_ROWS)
    await new Promise((resolve) => csv.once('close', resolve).destroy())
    expect(local.calls('cancelQuery')).toHaveLength(1)
  })

  test('fails as the query does', async () => {
    const connection = await local.connection()
    await expect(textOf(connection.stream('SELECT nothing').toCsv())).rejects.toMatchObject({ code: 'E6_QUERY_FAILED' })
    const stream = connection.stream('SELECT 1 AS a')
    await textOf(stream.toCsv())
    await expect(textOf(stream.toNdjson())).rejects.toThrow('a stream can be read only once')
  })

  test('works on a pool too, which gets its connection back afterwards', async () => {
    await using pool = createPool({ url: local.cluster.url, max: 1, strategyStore: 'process' })
    expect(await textOf(pool.stream('SELECT 1 AS a').toCsv())).toBe('a\n1\n')
    expect(await textOf(pool.stream('SELECT 2 AS a').toNdjson())).toBe('{"a":2}\n')
    expect((await bytesOf(pool.stream('SELECT 2 AS a').toParquet())).subarray(0, 4).toString()).toBe('PAR1')
  })
})
