import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { FORMAT_NAMES } from '../table/format-names.ts'
import { type LocalProfile, localProfile } from '../testing/local-profile.ts'
import { runCommand } from '../testing/run-command.ts'

let local: LocalProfile

beforeAll(async () => {
  local = await localProfile({ rows: 2000, batchRows: 700 })
})
afterAll(() => local[Symbol.asyncDispose]())
afterEach(() => local.cluster.clearFaults())

const query = (...words: string[]) => local.run(['query', '-P', 'local', ...words])

const VALUES = `SELECT 9007199254740993 AS big, 1.50 AS decimal, 'it''s "x", ok' AS text, CAST(NULL AS INTEGER) AS nothing, '' AS empty`

describe('formats', () => {
  test.each([
    ['csv', 'took\nPT1H30M\n'],
    ['ndjson', '{"took":"PT1H30M"}\n'],
  ])('%s shows an interval of days and seconds as an ISO 8601 duration', async (format, stdout) => {
    expect(await query('-F', format, "SELECT INTERVAL '90 minutes' AS took")).toMatchObject({ exit: 0, stdout })
  })

  test.each([
    [
      'table',
      [
        '              big │ decimal │ text         │ nothing │ empty',
        '──────────────────┼─────────┼──────────────┼─────────┼───────',
        ' 9007199254740993 │    1.50 │ it\'s "x", ok │    NULL │ ',
      ],
    ],
    [
      'vertical',
      [
        '── 1 ───────────────────────────────────────',
        'big     │ 9007199254740993',
        'decimal │ 1.50',
        'text    │ it\'s "x", ok',
        'nothing │ NULL',
        'empty   │ ',
      ],
    ],
    ['csv', ['big,decimal,text,nothing,empty', '9007199254740993,1.50,"it\'s ""x"", ok",,""']],
    ['tsv', ['big\tdecimal\ttext\tnothing\tempty', '9007199254740993\t1.50\tit\'s "x", ok\t\\N\t']],
    [
      'json',
      ['[', '{"big":"9007199254740993","decimal":"1.50","text":"it\'s \\"x\\", ok","nothing":null,"empty":""}', ']'],
    ],
    ['ndjson', ['{"big":"9007199254740993","decimal":"1.50","text":"it\'s \\"x\\", ok","nothing":null,"empty":""}']],
    [
      'markdown',
      [
        '| big | decimal | text | nothing | empty |',
        '| ---: | ---: | --- | ---: | --- |',
        '| 9007199254740993 | 1.50 | it\'s "x", ok | NULL |  |',
      ],
    ],
  ])('%s', async (format, lines) => {
    const { exit, stdout, stderr } = await query('-F', format, VALUES)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toBe(`${lines.join('\n')}\n`)
  })

  test('--json-numbers writes numbers with all their digits', async () => {
    const { stdout } = await query('-F', 'ndjson', '--json-numbers', 'SELECT 9007199254740993 AS big, 1.50 AS decimal')
    expect(stdout).toBe('{"big":9007199254740993,"decimal":1.50}\n')
  })

  test.each(FORMAT_NAMES.filter((name) => !['arrow', 'parquet'].includes(name)))(
    '%s of a result without rows shows its columns, or nothing',
    async (format) => {
      const { exit, stdout } = await query('-F', format, 'SELECT 1 AS one WHERE 1 = 0')
      expect(exit).toBe(0)
      if (format === 'json') expect(JSON.parse(stdout)).toEqual([])
      else if (format === 'ndjson' || format === 'vertical') expect(stdout).toBe('')
      else expect(stdout).toContain('one')
    },
  )

  test('objects keep two columns with one name apart', async () => {
    const { stdout } = await query('-F', 'ndjson', 'SELECT 1 AS a, 2 AS a')
    expect(JSON.parse(stdout)).toEqual({ a: 1, a_2: 2 })
  })

  test('csv of many batches has each row and the header once', async () => {
    const { stdout } = await query('-F', 'csv', 'SELECT order_id FROM orders ORDER BY 1')
    expect(stdout.trimEnd().split('\n')).toEqual(['order_id', ...Array.from({ length: 2000 }, (_, row) => String(row))])
  })

  test('arrow is a stream that other programs read', async () => {
    const path = join(local.home.folder, 'orders.arrow')
    const { exit, stderr } = await query('SELECT order_id, region FROM orders ORDER BY 1', '-o', path)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    const table = tableFromIPC(readFileSync(path))
    expect(table.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual(['order_id Int64', 'region Utf8'])
    expect(Array.from(table.getChild('order_id')!)).toEqual(Array.from({ length: 2000 }, (_, row) => BigInt(row)))
  })

  test('parquet contains the same rows, with their types', async () => {
    const path = join(local.home.folder, 'orders.parquet')
    const { exit, stderr } = await query('SELECT * FROM orders', '-o', path)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    const totals = 'count(*), sum(amount), max(amount_exact), min(ordered_at), count(note), sum(reference)'
    const instance = await DuckDBInstance.create()
    const duckDb = await instance.connect()
    const written = await duckDb.runAndReadAll(`SELECT ${totals} FROM '${path}'`)
    const types = await duckDb.runAndReadAll(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${path}')`)
    const { stdout } = await query('-F', 'csv', '--no-header', `SELECT ${totals} FROM orders`)
    const [count, amount, exact, , notes, references] = stdout.trimEnd().split(',')
    expect(written.getRowsJson()[0]).toMatchObject({ 0: count, 1: amount, 2: exact, 4: notes, 5: references })
    expect(Object.fromEntries(types.getRowsJson())).toMatchObject({
      order_id: 'BIGINT',
      amount: 'DECIMAL(38,2)',
      weight_kg: 'FLOAT',
      express: 'BOOLEAN',
      ordered_on: 'DATE',
      ordered_at: 'TIMESTAMP',
      delivered_at: 'TIMESTAMP WITH TIME ZONE',
      receipt: 'BLOB',
    })
    instance.closeSync()
  })

  test('parquet of a result without rows is a file with its columns', async () => {
    const path = join(local.home.folder, 'empty.parquet')
    expect((await query('SELECT order_id, region FROM orders WHERE 1 = 0', '-o', path)).exit).toBe(0)
    const instance = await DuckDBInstance.create()
    const result = await (await instance.connect()).runAndReadAll(`SELECT * FROM '${path}'`)
    expect([result.columnNames(), result.currentRowCount]).toEqual([['order_id', 'region'], 0])
    instance.closeSync()
  })
})

describe('the source of the statement', () => {
  test('can be a file, with a semicolon and comments', async () => {
    const file = join(local.home.folder, 'one.sql')
    writeFileSync(file, "\ufeff-- a report; really\nSELECT 'a;b' AS text;\n")
    expect((await query('-F', 'csv', '-f', file)).stdout).toBe('text\na;b\n')
  })

  test('can be standard input, also as -', async () => {
    for (const words of [[], ['-'], ['-f', '-']]) {
      const { stdout } = await local.run(['query', '-P', 'local', '-F', 'csv', ...words], {
        env: local.home.env,
        home: local.home.folder,
        stdin: 'SELECT 7 AS seven',
      })
      expect(stdout).toBe('seven\n7\n')
    }
  })

  test.each([
    [['SELECT 1', '-f', 'x.sql'], 'the statement is given twice, as an argument and with --file'],
    [['SELECT 1; SELECT 2'], 'the argument has 2 statements, and query runs one'],
    [['-- nothing'], 'the argument has no statement'],
    [['-f', '/nowhere/x.sql'], '/nowhere/x.sql: the file does not exist'],
  ])('%j fails with one line', async (words, message) => {
    const { exit, stderr, stdout } = await query(...words)
    expect({ exit, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ exit: 2, stdout: '', lines: 1 })
    expect(stderr).toContain(`e6data query: ${message}`)
  })
})

describe('parameters', () => {
  test.each([
    ['[42, "it\'s", null, true]', 'SELECT ? AS a, ? AS b, ? AS c, ? AS d', "42,it's,,true"],
    ['{"id": 9223372036854775807}', 'SELECT :id AS id', '9223372036854775807'],
    ['{"a": [1, 2]}', 'SELECT count(*) AS n FROM stores WHERE store_id IN (:a)', '2'],
  ])('%s', async (params, sql, row) => {
    const { stdout, stderr } = await query('-F', 'csv', '--no-header', '--params', params, sql)
    expect({ stdout, stderr }).toEqual({ stdout: `${row}\n`, stderr: '' })
  })

  test('can come from a file', async () => {
    const file = join(local.home.folder, 'params.json')
    writeFileSync(file, '[5]')
    expect((await query('-F', 'csv', '--params', `@${file}`, 'SELECT ? AS five')).stdout).toBe('five\n5\n')
  })

  test.each([
    ['{oops', '--params is not JSON; an example is \'[42, "north"]\''],
    ['42', '--params takes an array for ? or an object for :name'],
    ['[1, 2]', 'the statement has 1 placeholders (?), but 2 parameters were given'],
  ])('%s fails with one line', async (params, message) => {
    const { exit, stderr } = await query('--params', params, 'SELECT ?')
    expect(exit).toBe(2)
    expect(stderr).toMatch(/^e6data query: .*\n$/)
    expect(stderr).toContain(message)
  })
})

describe('exit statuses', () => {
  test('1 when the engine refuses the statement, with its message in one line', async () => {
    const { exit, stderr } = await query('SELECT nonsense FROM stores')
    expect(exit).toBe(1)
    expect(stderr).toMatch(/^e6data query: .*nonsense.*\n$/)
  })

  test('3 when nothing listens', async () => {
    const { exit, stderr } = await runCommand(['query', '--host', '127.0.0.1', '--port', '1', '-U', 'me', 'SELECT 1'], {
      env: { ...local.home.env, E6DATA_CONFIG: withToken('unreachable') },
      home: local.home.folder,
    })
    expect(stderr).toContain('no token')
    expect(exit).toBe(2)
    const token = join(local.home.folder, 'token')
    writeFileSync(token, 'anything\n', { mode: 0o600 })
    const words = ['query', '--host', '127.0.0.1', '--port', '1', '-U', 'me', '--password-file', token, 'SELECT 1']
    const unreachable = await runCommand(words, { env: local.home.env, home: local.home.folder })
    expect(unreachable.exit).toBe(3)
    expect(unreachable.stderr).toMatch(/^e6data query: could not connect: nothing listens there.*\n.*doctor.*\n$/)
  })

  test('4 when the token is wrong', async () => {
    const token = join(local.home.folder, 'wrong-token')
    writeFileSync(token, 'wrong', { mode: 0o600 })
    const { exit, stderr } = await query('--password-file', token, 'SELECT 1')
    expect(exit).toBe(4)
    expect(stderr).not.toContain('wrong\n')
  })

  test('5 when it takes too long, and the query is cancelled on the server', async () => {
    local.cluster.inject({ method: 'getNextResultBatch', fault: { kind: 'hold' } })
    const { exit, stderr } = await query('-t', '300ms', 'SELECT 5 AS five')
    expect(exit).toBe(5)
    expect(stderr).toMatch(
      /^e6data query: no complete result within 0\.30 s\n {2}query \S+ was cancelled on the server/,
    )
    const queries = await local.cluster.queries()
    expect(queries.find(({ sql }) => sql === 'SELECT 5 AS five')).toMatchObject({ state: 'cancelled' })
  })

  test('6 when the cluster is suspended and may not be resumed', async () => {
    await local.cluster.suspend()
    const { exit, stderr } = await query('--no-auto-resume', 'SELECT 1')
    await local.cluster.resume()
    expect(exit).toBe(6)
    expect(stderr).toContain('e6data resume')
  })

  test('7 when the result is incomplete, and no file is written', async () => {
    local.cluster.inject({
      method: 'getNextResultBatch',
      occurrence: 2,
      times: 100_000,
      fault: { kind: 'http-status', status: 456 },
    })
    const path = join(local.home.folder, 'cut.csv')
    const { exit, stderr } = await query('SELECT * FROM orders', '-o', path)
    expect(exit).toBe(7)
    expect(stderr).toMatch(/was cut off on blue after 700 rows/)
    expect(existsSync(path)).toBe(false)
    expect(readdirSync(local.home.folder).filter((name) => name.includes('cut'))).toEqual([])
  })
})

test('an existing file is replaced completely, or not changed', async () => {
  const path = join(local.home.folder, 'kept.csv')
  writeFileSync(path, 'old\n')
  expect((await query('SELECT nonsense', '-o', path)).exit).toBe(1)
  expect(readFileSync(path, 'utf8')).toBe('old\n')
  expect((await query('SELECT 1 AS one', '-o', path)).exit).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe('one\n1\n')
})

test('a folder that cannot be written to fails with one line', async () => {
  const { exit, stderr } = await query('SELECT 1', '-o', '/nowhere/at/all.csv')
  expect({ exit, stderr }).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/^e6data query: \/nowhere\/.*: the file does not exist\n$/),
  })
})

test('--explain runs nothing; --explain-analyze runs the statement and shows measurements', async () => {
  const plan = await query('--explain', '--params', '[3]', 'SELECT * FROM stores WHERE store_id = ?')
  expect(plan).toMatchObject({ exit: 0, stderr: '' })
  expect(plan.stdout).toMatch(/store/i)
  expect(
    (await local.cluster.queries())
      .filter(({ sql }) => sql.includes('store_id = 3') && sql.includes('stores'))
      .every(({ rowsDelivered }) => rowsDelivered === 0),
  ).toBe(true)
  const analysis = await query('--explain-analyze', 'SELECT * FROM stores')
  expect(analysis.stdout).toMatch(/^rows {8}200\nfrom cache {2}no\n/)
})

test('control characters in data do not reach the terminal', async () => {
  const { stdout } = await query("SELECT 'a\\x1b' || chr(27) || '[31mred' || chr(7) || chr(8238) AS evil")
  expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u)
  expect(stdout).toContain('\\x1b[31mred\\x07\\u202e')
})

function withToken(name: string): string {
  const path = join(local.home.folder, `${name}.toml`)
  writeFileSync(path, '', { mode: 0o600 })
  chmodSync(path, 0o600)
  return path
}
