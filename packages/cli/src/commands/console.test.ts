import { connect } from 'e6data-connector'
import { expect, test } from 'vitest'
import { localProfile } from '../testing/local-profile.ts'
import { runCommand } from '../testing/run-command.ts'
import { temporaryHome } from '../testing/temporary-home.ts'
import { TestTerminal } from '../testing/test-terminal.ts'

const ADDRESS = /console at (http:\/\/127\.0\.0\.1:\d+\/)#token=([\w-]+)/

/** Reads the console's events until one fulfills the condition. */
async function seen(address: string, token: string, fits: RegExp): Promise<string> {
  const stop = new AbortController()
  const response = await fetch(`${address}console/events`, {
    signal: stop.signal,
    headers: { authorization: `Bearer ${token}` },
  })
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (fits.test(text)) break
  }
  stop.abort()
  return text
}

test('console shows the state that programs of this host share, runs queries, and ends with Ctrl-C', async () => {
  await using local = await localProfile()
  await using connection = await connect(local.cluster.url)
  await using cursor = connection.cursor()
  await cursor.execute('SELECT * FROM orders')
  await using terminal = new TestTerminal(['console', '-P', 'local'], { env: local.home.env })
  await terminal.shows(ADDRESS)
  const [, address = '', token = ''] = ADDRESS.exec(terminal.text()) ?? []
  const told = await seen(address, token, /"kind":"stable"/)
  expect(told).toContain('"title":"Programs on local"')
  expect(told).toContain(`"name":"process ${process.pid}"`)
  const answer = await fetch(`${address}console/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ sql: 'SELECT 42 AS answer' }),
  })
  expect(await answer.json()).toMatchObject({ rows: [[42]], strategy: 'blue' })
  terminal.press('ctrl-c')
  expect(await terminal.ended()).toBe(0)
})

test('console watches programs by their metrics, without a cluster', async () => {
  using home = temporaryHome()
  await using terminal = new TestTerminal(['console', 'http://127.0.0.1:9/metrics'], { env: home.env })
  await terminal.shows('no token is known to run queries with')
  const [, address = '', token = ''] = ADDRESS.exec(terminal.text()) ?? []
  expect(await seen(address, token, /"notices":\[".+"\]/)).toContain('http://127.0.0.1:9/metrics: ')
  terminal.press('ctrl-c')
  expect(await terminal.ended()).toBe(0)
})

test.each([
  [['console'], /host/],
  [['console', 'ftp://x'], /^e6data console: metrics must be http addresses, not "ftp:\/\/x"\n$/],
  [
    ['console', 'http://x/', '--listen', '192.0.2.1'],
    /^e6data console: 192\.0\.2\.1 is not an address of this machine\n$/,
  ],
  [['console', 'http://x/', '--listen-port', '65536'], /--listen-port of console takes a whole number, 0 to 65535/],
])('%j fails with one line', async (words, message) => {
  const { exit, stdout, stderr } = await runCommand(words)
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
  expect(stderr).toMatch(message)
})
