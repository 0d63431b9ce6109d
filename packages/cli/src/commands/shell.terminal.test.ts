import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forgetLocalCluster, rememberLocalCluster } from '../local/local-state.ts'
import { type LocalProfile, localProfile } from '../testing/local-profile.ts'
import { TestTerminal } from '../testing/test-terminal.ts'

let local: LocalProfile

beforeEach(async () => {
  local = await localProfile()
})
afterEach(() => local[Symbol.asyncDispose]())

interface ShellOptions {
  readonly words?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly rows?: number
}

/** A shell that shows its prompt. */
async function shell({ words = [], env = {}, rows }: ShellOptions = {}): Promise<TestTerminal> {
  const size = rows === undefined ? {} : { rows }
  const terminal = new TestTerminal(['shell', '-P', 'local', ...words], { ...size, env: { ...local.home.env, ...env } })
  await terminal.shows(/local\.retail>$/m)
  return terminal
}

test('a statement of several lines runs at its semicolon, and the prompt shows the strategy', async () => {
  await using terminal = await shell()
  await terminal.shows('● blue local.retail>\nTab completes, Ctrl-R searches the history')
  terminal.line('SELECT count(*) AS stores,')
  await terminal.shows(/ -$/m)
  terminal.line("       'a;b' AS text")
  terminal.line('FROM stores; -- done')
  await terminal.shows(/1 row · \d\.\d+ s · ● blue/)
  expect(terminal.text()).toContain([' stores │ text', '────────┼──────', '    200 │ a;b'].join('\n'))
})

test('the prompt shows an open quote or comment', async () => {
  await using terminal = await shell()
  terminal.line("SELECT 'a")
  await terminal.shows(/'$/m)
  terminal.line("b' AS text, /* what")
  await terminal.shows(/\*$/m)
  terminal.line('for */ "c')
  await terminal.shows(/"$/m)
})

/** A Tab in one chunk with other keys counts as pasted, so each waits for the echo of the keys before. */
async function typeAndTab(terminal: TestTerminal, text: string): Promise<void> {
  terminal.type(text)
  await terminal.shows(text)
  terminal.press('tab')
}

test('Tab completes keywords, tables, and the columns of a named table', async () => {
  await using terminal = await shell()
  await typeAndTab(terminal, 'sel')
  await terminal.shows('> select')
  await typeAndTab(terminal, ' * from sto')
  await terminal.shows('from stores')
  await typeAndTab(terminal, ' s where s.time_')
  await terminal.shows('where s.time_zone')
  terminal.line(" = 'Z' limit 1;")
  await terminal.shows('1 row')
})

test('Tab completes the common prefix of the candidates, and lists them when it is pressed again', async () => {
  await using terminal = await shell()
  await typeAndTab(terminal, 'select * from r')
  await terminal.shows('from re')
  terminal.press('tab')
  await terminal.shows(/regions\s+returns\s+retail/)
})

test('a switch at the next statement is reported, and changes the prompt', async () => {
  await using terminal = await shell()
  await local.cluster.announce('green')
  terminal.line('SELECT 1 AS one;')
  await terminal.shows('── ■ green is ready ──')
  terminal.line('SELECT 2 AS two;')
  await terminal.shows('── ● blue → ■ green, epoch 2 ──')
  await terminal.shows(/■ green local\.retail>$/m)
})

test('a switch by another program is reported at once, above the line being typed', async () => {
  await using terminal = await shell()
  terminal.type('SELECT half_typed')
  await terminal.shows('> SELECT half_typed')
  await local.cluster.announce('green')
  await using other = await connect(local.cluster.url)
  await other.query('SELECT 1')
  await terminal.shows('── ■ green is ready ──')
  await other.query('SELECT 2')
  await terminal.shows(/── ● blue → ■ green, epoch 2 ──\n■ green local\.retail> SELECT half_typed$/m)
})

test('Ctrl-C cancels the query on the server, and the shell continues', async () => {
  await using terminal = await shell()
  const held = local.cluster.inject({ method: 'getNextResultBatch', fault: { kind: 'hold' } })
  terminal.line('SELECT * FROM orders;')
  await held.whenFired()
  terminal.press('ctrl-c')
  await terminal.shows(/cancelled on the server\n● blue local\.retail>$/m)
  const stateOf = async () => (await local.cluster.queries()).find(({ sql }) => sql === 'SELECT * FROM orders')?.state
  await expect.poll(stateOf).toBe('cancelled')
  held.remove()
  terminal.line('SELECT 2 AS two;')
  await terminal.shows('1 row')
})

test('Ctrl-C drops the typed input, and Ctrl-D leaves', async () => {
  await using terminal = await shell()
  terminal.line('SELECT nonsense')
  await terminal.shows(/ -$/m)
  terminal.press('ctrl-c')
  await terminal.shows(/\^C\n● blue local\.retail>$/m)
  terminal.press('ctrl-c')
  await terminal.shows('Ctrl-D leaves')
  terminal.press('ctrl-d')
  expect(await terminal.ended()).toBe(0)
})

test("an engine's error is shown with its pointer, and the shell continues", async () => {
  await using terminal = await shell()
  terminal.line('SELEC 1;')
  await terminal.shows(/error: .*SELEC.*\nLINE 1: SELEC 1\n {8}\^\n● blue local\.retail>$/m)
})

test('\\d describes a table, \\dt, \\dn and \\l list', async () => {
  await using terminal = await shell({ rows: 60 })
  for (const [line, shown] of [
    ['\\d stores', ' column    │ type\n───────────┼─────────\n store_id  │ short'],
    ['\\dt', ' table\n───────────\n customers'],
    ['\\dn', ' schema\n────────\n retail'],
    ['\\l', ' catalog │ default\n─────────┼─────────\n local   │ default'],
    ['\\d nowhere', 'error: '],
    ['\\nope', 'error: there is no command \\nope; \\? shows those that there are'],
  ] as const) {
    terminal.line(line)
    await terminal.shows(`${line}\n${shown}`)
  }
})

test('only results longer than the screen go through the pager', async () => {
  await using terminal = await shell({ rows: 12, env: { E6DATA_PAGER: "sed 's/^/paged:/'" } })
  terminal.line('SELECT store_id FROM stores ORDER BY 1 LIMIT 3;')
  await terminal.shows('3 rows')
  expect(terminal.text()).not.toContain('paged:')
  terminal.line('SELECT store_id FROM stores ORDER BY 1;')
  await terminal.shows('200 rows')
  expect(terminal.text()).toContain('paged:      200')
  terminal.line('\\pager off')
  terminal.line('SELECT store_id + 1000 AS id FROM stores ORDER BY 1;')
  await terminal.shows(' 1200\n200 rows')
})

test('a pager that is left early ends the query', async () => {
  await using terminal = await shell({ rows: 12, env: { E6DATA_PAGER: 'head -n 3' } })
  terminal.line('SELECT o.order_id, s.* FROM orders o, stores s;')
  await terminal.shows(/──\n.*\n● blue local\.retail>$/m)
  const queries = await local.cluster.queries()
  expect(queries.find(({ sql }) => sql.startsWith('SELECT o.'))).toMatchObject({ state: 'cancelled' })
})

test('the up arrow recalls a complete statement, also in the next session, from a file only its owner can read', async () => {
  await using first = await shell()
  first.line('SELECT 1 -- the first')
  first.line('  AS one;')
  await first.shows('1 row')
  first.line('\\q')
  expect(await first.ended()).toBe(0)
  await using second = await shell()
  second.press('up')
  second.press('up')
  await second.shows('> SELECT 1 /* the first */ AS one;')
  second.press('enter')
  await second.shows('1 row')
  const file = join(local.home.folder, 'state/e6data/history')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).toMatch(/^SELECT 1 \/\* the first \*\/ AS one;\n\\q\n/)
})

test('\\e runs the edited statement', async () => {
  const editor = join(local.home.folder, 'editor.sh')
  writeFileSync(editor, '#!/bin/sh\necho "SELECT 42 AS edited;" > "$1"\n', { mode: 0o700 })
  await using terminal = await shell({ env: { EDITOR: editor } })
  terminal.line('\\e')
  await terminal.shows(' edited\n────────\n     42')
})

test('\\x, \\format, \\timing and \\o change how results are written', async () => {
  const file = join(local.home.folder, 'out.csv')
  await using terminal = await shell()
  terminal.line('\\x')
  terminal.line('SELECT 1 AS one;')
  await terminal.shows(/── 1 ─+\none │ 1\n/)
  terminal.line('\\timing off')
  terminal.line('\\format csv')
  terminal.line(`\\o ${file}`)
  terminal.line("SELECT 'in the file' AS place;")
  terminal.line('\\o')
  terminal.line("SELECT 'on the screen' AS place;")
  await terminal.shows('place\non the screen\n● blue')
  expect(readFileSync(file, 'utf8')).toBe('place\nin the file\n')
})

test('\\connect reconnects after a restart with another token, and completion and events use the new cluster', async () => {
  await using terminal = await shell()
  await using other = await startCluster({ mode: 'in-process', rows: 10, database: 'elsewhere', initial: 'green' })
  forgetLocalCluster({ env: local.home.env, home: local.home.folder }, process.pid)
  const state = {
    pid: process.pid,
    url: other.url,
    adminUrl: other.adminUrl!,
    consoleUrl: other.consoleUrl!,
    startedAt: '',
  }
  rememberLocalCluster({ env: local.home.env, home: local.home.folder }, state)
  terminal.line('\\connect local')
  await terminal.shows(/connected to 127\.0\.0\.1:\d+\n■ green local\.elsewhere>$/m)
  terminal.line('SELECT count(*) AS n FROM orders;')
  await terminal.shows(/ 10\n1 row/)
})

test('\\watch repeats a reading statement until Ctrl-C, and refuses a writing one', async () => {
  await using terminal = await shell({ rows: 60 })
  terminal.line('DELETE FROM stores')
  terminal.line('\\watch 0.1')
  await terminal.shows('\\watch runs SELECT, WITH and VALUES, which only read')
  terminal.line('SELECT 7 AS seven')
  terminal.line('\\watch 0.1')
  await terminal.shows(/every 0\.1 s[\s\S]*every 0\.1 s[\s\S]*every 0\.1 s/)
  terminal.press('ctrl-c')
  await terminal.shows(/retail>$/m)
  terminal.press('ctrl-d')
  expect(await terminal.ended()).toBe(0)
})

test('\\copy writes a result to a file in the format of its name', async () => {
  await using terminal = await shell()
  const csv = join(local.home.folder, 'stores.csv')
  const parquet = join(local.home.folder, 'stores.parquet')
  terminal.line(`\\copy (SELECT store_id FROM stores ORDER BY 1 LIMIT 2) TO ${csv}`)
  await terminal.shows('2 rows written to')
  expect(readFileSync(csv, 'utf8')).toBe('store_id\n1\n2\n')
  terminal.line(`\\copy (SELECT * FROM stores) TO '${parquet}'`)
  await terminal.shows('200 rows written to')
  expect(readFileSync(parquet).subarray(0, 4).toString()).toBe('PAR1')
  terminal.line('\\copy (SELECT 1) TO nowhere.xyz')
  await terminal.shows('the name must end in')
})

/** Types key by key: a chunk counts as pasted, and Node's readline appends it to the line. */
async function typeKeys(terminal: TestTerminal, before: string, text: string): Promise<void> {
  for (let length = 1; length <= text.length; length += 1) {
    terminal.type(text[length - 1]!)
    await terminal.shows(`retail> ${before}${text.slice(0, length)}  from stores`)
  }
}

test('Tab respects the text after the cursor, and a long list of candidates fits the screen', async () => {
  await using terminal = await shell({ rows: 12 })
  terminal.type('  from stores')
  await terminal.shows('>   from stores')
  terminal.press('ctrl-a')
  await typeKeys(terminal, '', 'select ')
  await terminal.shows('> select   from stores')
  terminal.press('tab')
  await terminal.shows(/store_id[\s\S]*… and \d+ more\n● blue local\.retail> select {3}from stores$/m)
  await typeKeys(terminal, 'select ', 'time_')
  await terminal.shows('> select time_  from stores')
  terminal.press('tab')
  await terminal.shows('> select time_zone  from stores')
})

test('typed input is highlighted, an earlier statement is suggested, and the right arrow accepts it', async () => {
  await using terminal = await shell()
  terminal.line('SELECT 42 AS answer;')
  await terminal.shows('1 row')
  await terminal.shows(/retail>$/m)
  terminal.type('SELE')
  await terminal.shows(/1 row[\s\S]*> SELECT 42 AS answer;/)
  expect(terminal.raw).toContain('\u001b[36mSELECT\u001b[39m')
  expect(terminal.raw).toContain('\u001b[2mELECT 42 AS answer;\u001b[22m')
  terminal.press('right')
  terminal.press('enter')
  await terminal.shows(/ 42\n1 row[\s\S]* 42\n1 row/)
})

test('Ctrl-R finds an earlier statement by one of its words, and Escape restores the line', async () => {
  await using terminal = await shell()
  terminal.line('SELECT 7 AS needle;')
  await terminal.shows('1 row')
  terminal.line('SELECT 8 AS other;')
  await terminal.shows(/other[\s\S]*1 row/)
  await terminal.shows(/retail>$/m)
  terminal.press('ctrl-r')
  await terminal.shows('(search) :')
  terminal.type('need')
  await terminal.shows('(search) need: SELECT 7 AS needle;')
  terminal.press('enter')
  await terminal.shows(/other;[\s\S]*retail> SELECT 7 AS needle;$/m)
  terminal.press('ctrl-r')
  await terminal.shows('(search) :')
  terminal.type('\u001b')
  await terminal.shows(/other;[\s\S]*retail> SELECT 7 AS needle;$/m)
})

test('the status below the line summarizes the last statement', async () => {
  await using terminal = await shell()
  terminal.line('SELECT store_id FROM stores LIMIT 3;')
  await terminal.shows(/retail>\n3 rows · \d\.\d+ s · ● blue$/)
})
