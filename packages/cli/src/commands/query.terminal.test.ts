import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import stringWidth from 'string-width'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type LocalProfile, localProfile } from '../testing/local-profile.ts'
import { TestTerminal } from '../testing/test-terminal.ts'

const BATCH_ROWS = 500

let local: LocalProfile

beforeAll(async () => {
  local = await localProfile({ rows: 2000, batchRows: BATCH_ROWS })
})
afterAll(() => local[Symbol.asyncDispose]())
afterEach(() => local.cluster.clearFaults())

function query(
  words: readonly string[],
  options: { columns?: number; env?: Record<string, string> } = {},
): TestTerminal {
  const { env = {}, ...size } = options
  return new TestTerminal(['query', '-P', 'local', ...words], { ...size, env: { ...local.home.env, ...env } })
}

const WIDE = `SELECT 58077.84 AS amount, 'returned' AS status, 'naïve café' AS note, 'gift 🎁' AS label,
  '["new","sale","vip"]' AS tags, CAST('2022-02-27 15:42:37.38924' AS TIMESTAMP) AS ordered_at, 'America/New_York' AS zone,
  CAST(NULL AS VARCHAR) AS nothing`

test('a table fits a terminal of 80 columns; cut values are marked, with a note', async () => {
  await using terminal = query([WIDE])
  expect(await terminal.ended()).toBe(0)
  const lines = terminal.lines()
  expect(lines.slice(0, 3)).toEqual([
    '   amount │ status  │ note    │ label   │ tags    │ ordere… │ zone    │ nothing',
    '──────────┼─────────┼─────────┼─────────┼─────────┼─────────┼─────────┼─────────',
    ' 58077.84 │ return… │ naïve … │ gift 🎁 │ ["new"… │ 2022-0… │ Americ… │ NULL',
  ])
  for (const line of lines.slice(0, 3)) expect(stringWidth(line)).toBeLessThanOrEqual(80)
  expect(terminal.text()).toMatch(/1 row · .* · ● blue\nsome values are cut to fit/)
})

test('the same table is complete in 200 columns', async () => {
  await using terminal = query([WIDE], { columns: 200 })
  expect(await terminal.ended()).toBe(0)
  expect(terminal.lines()[2]).toContain('2022-02-27T15:42:37.389240+00:00 │ America/New_York │ NULL')
  expect(terminal.text()).not.toMatch(/…|cut to fit/)
})

test('columns that do not fit are shown as records, with nothing cut', async () => {
  await using terminal = query(['SELECT * FROM orders ORDER BY order_id LIMIT 1'])
  expect(await terminal.ended()).toBe(0)
  const lines = terminal.lines()
  expect(lines[0]).toMatch(/^── 1 ─+$/)
  expect(lines).toContain('order_id     │ 0')
  expect(terminal.text()).toMatch(/^amount_exact │ -?\d{15,32}\.\d{6}$/m)
})

test('the progress shows rows, bytes, rate, time and deployment, and Ctrl-C cancels on the server', async () => {
  const held = local.cluster.inject({ method: 'getNextResultBatch', occurrence: 3, fault: { kind: 'hold' } })
  const path = join(local.home.folder, 'orders.csv')
  await using terminal = query(['SELECT * FROM orders', '-o', path])
  await held.whenFired()
  await terminal.shows(/█+░+ 1,000\/2,000 rows · \d+ kB · \S+ rows\/s · \d+\.\d+ s · ● blue/)
  terminal.press('ctrl-c')
  expect(await terminal.ended()).toBe(130)
  expect(terminal.lines().at(-1)).toBe('cancelled on the server')
  const [newest] = await newestQueries()
  expect(newest).toMatchObject({ sql: 'SELECT * FROM orders', state: 'cancelled' })
  expect(existsSync(path)).toBe(false)
  expect(readdirSync(local.home.folder).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('a second Ctrl-C does not wait for the server', async () => {
  const fetch = local.cluster.inject({ method: 'getNextResultBatch', fault: { kind: 'hold' } })
  const cancel = local.cluster.inject({ method: 'cancelQuery', fault: { kind: 'hold' } })
  await using terminal = query(['SELECT * FROM orders', '-F', 'csv'])
  await fetch.whenFired()
  terminal.press('ctrl-c')
  await cancel.whenFired()
  terminal.press('ctrl-c')
  expect(await terminal.ended()).toBe(130)
})

test('a reader that closes its pipe ends the query silently, with success', async () => {
  // A pipe gets no progress line, so that any output here is a message.
  const line = `e6data query -P local -F csv 'SELECT * FROM orders, stores' 2> >(cat >&2) | head -n 1 | cut -c 1-20; echo "status \${PIPESTATUS[0]}"`
  await using terminal = new TestTerminal(line, { env: local.home.env })
  await terminal.ended()
  expect(terminal.text()).toBe('order_id,customer_id\nstatus 0')
  const [newest] = await newestQueries()
  expect(newest).toMatchObject({ sql: 'SELECT * FROM orders, stores', state: 'cancelled' })
})

test('a terminal gets colors, except with NO_COLOR', async () => {
  const sql = 'SELECT NULL AS nothing'
  await using colored = query([sql])
  await using plain = query([sql], { env: { NO_COLOR: '1' } })
  expect([await colored.ended(), await plain.ended()]).toEqual([0, 0])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for the escape character
  const colors = /\u001b\[[\d;]*m/
  expect(colored.raw).toMatch(colors)
  expect(plain.raw).not.toMatch(colors)
  expect(plain.text()).toBe(colored.text().replace(/0\.\d+ s/, /0\.\d+ s/.exec(plain.text())![0]))
})

test('a terminal without UTF-8 gets lines and marks of ASCII', async () => {
  await using terminal = query(['SELECT 1 AS one, 2 AS two'], { env: { LC_ALL: 'C', LANG: 'C' } })
  expect(await terminal.ended()).toBe(0)
  expect(terminal.lines().slice(0, 3)).toEqual([' one | two', '-----+-----', '   1 |   2'])
  expect(terminal.text()).toContain('o blue')
})

test('prompts for a missing token, and never shows it', async () => {
  const { host, port, username, password, catalog, database } = local.cluster
  const where = ['--host', host, '--port', String(port), '-U', username, '--catalog', catalog, '-d', database]
  await using terminal = new TestTerminal(['query', ...where, 'SELECT count(*) AS stores FROM stores'], {
    env: local.home.env,
  })
  await terminal.shows('Access token:')
  terminal.line(password)
  expect(await terminal.ended()).toBe(0)
  expect(terminal.text()).toContain('200')
  expect(terminal.raw).not.toContain(password)
})

test('Ctrl-C at the token prompt ends the command', async () => {
  const { host, port } = local.cluster
  await using terminal = new TestTerminal(['query', '--host', host, '--port', String(port), '-U', 'me', 'SELECT 1'], {
    env: local.home.env,
  })
  await terminal.shows('Access token:')
  terminal.press('ctrl-c')
  expect(await terminal.ended()).toBe(130)
})

async function newestQueries() {
  const queries = await local.cluster.queries()
  return queries.sort((a, b) => b.preparedAt - a.preparedAt)
}

test('does not prompt for a token while the cluster is unknown', async () => {
  await using terminal = new TestTerminal(['query', 'SELECT 1'], { env: { ...local.home.env } })
  expect(await terminal.ended()).toBe(2)
  expect(terminal.lines().slice(0, 2)).toEqual([
    'e6data query: 2 settings are missing or wrong:',
    expect.stringMatching(/^ {2}no host: /),
  ])
})
