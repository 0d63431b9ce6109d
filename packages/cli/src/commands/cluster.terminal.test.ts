import { connect } from 'e6data-connector'
import { expect, test } from 'vitest'
import { localProfile } from '../testing/local-profile.ts'
import { temporaryHome } from '../testing/temporary-home.ts'
import { TestTerminal } from '../testing/test-terminal.ts'

test('resume shows a bar until the cluster is active', async () => {
  await using local = await localProfile({ suspended: true, resumeMs: 1500 })
  await using terminal = new TestTerminal(['resume', '-P', 'local', '--wait-timeout', '10s'], { env: local.home.env })
  await terminal.shows(/█+░+ resuming · \d\.\d\d s of at most 10\.0 s/)
  expect(await terminal.ended()).toBe(0)
  expect(terminal.text()).toBe('active')
})

test('strategy --watch shows a switch as it happens, with the queries of every process', async () => {
  await using local = await localProfile()
  await using connection = await connect(local.cluster.url)
  await using cursor = connection.cursor()
  await cursor.execute('SELECT * FROM orders')
  await using terminal = new TestTerminal(['strategy', '-P', 'local', '--watch'], { env: local.home.env })
  await terminal.shows(/active {6}● blue, confirmed \d/)
  await terminal.shows(new RegExp(`process ${process.pid} +1 +-`))
  await local.cluster.announce('green')
  await connection.query('SELECT 1')
  await terminal.shows('■ green is announced')
  await connection.query('SELECT 2')
  await terminal.shows('● blue → ■ green, epoch 2')
  await terminal.shows(/active {6}■ green/)
  terminal.press('ctrl-c')
  expect(await terminal.ended()).toBe(0)
})

test('a terminal that reports no width gets 80 columns', async () => {
  using home = temporaryHome()
  await using terminal = new TestTerminal('stty cols 0; e6data query --help', { env: home.env, rows: 200 })
  expect(await terminal.ended()).toBe(0)
  expect(terminal.lines()[0]).toBe('Run a statement and write its result.')
})

test('a terminal without cursor control gets plain lines', async () => {
  await using local = await localProfile()
  await using terminal = new TestTerminal(['strategy', '-P', 'local', '--watch'], {
    env: { ...local.home.env, TERM: 'dumb' },
  })
  await terminal.shows(/epoch/)
  terminal.press('ctrl-c')
  expect(await terminal.ended()).toBe(0)
  expect(terminal.raw).not.toContain('\u001b')
})

test('strategy --watch draws on the alternate screen, survives a resize, and leaves the last picture', async () => {
  await using local = await localProfile()
  await using terminal = new TestTerminal(['strategy', '-P', 'local', '--watch'], { env: local.home.env })
  await terminal.shows('Ctrl-C ends this')
  terminal.resize(40, 20)
  await terminal.shows('Ctrl-C ends this')
  expect(terminal.lines().filter((line) => line.startsWith('cluster'))).toHaveLength(1)
  terminal.press('ctrl-c')
  expect(await terminal.ended()).toBe(0)
  expect(terminal.lines().filter((line) => line.startsWith('cluster'))).toHaveLength(1)
  expect(terminal.text()).not.toContain('Ctrl-C ends this')
})
