import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { EXITS, type ExitName } from '../exits.ts'
import { type LocalProfile, localProfile } from '../testing/local-profile.ts'
import { runCommand } from '../testing/run-command.ts'
import { temporaryHome } from '../testing/temporary-home.ts'
import { COMMAND_WORDS, SOURCE_ENV } from '../testing/test-terminal.ts'

interface Ended {
  readonly exit: number | null
  readonly stderr: string
}

let local: LocalProfile

beforeAll(async () => {
  local = await localProfile({ batchRows: 100 })
})
afterAll(() => local[Symbol.asyncDispose]())
afterEach(() => local.cluster.clearFaults())

const query = (...words: string[]) => local.run(['query', '-P', 'local', ...words])

/** Starts the real command; standard output goes to a file or a device. */
function start(words: readonly string[], output = '/dev/null') {
  const handle = openSync(output, 'w')
  const [program, ...given] = [...COMMAND_WORDS, ...words]
  const child = spawn(program!, given, {
    env: { ...local.home.env, ...SOURCE_ENV },
    stdio: ['ignore', handle, 'pipe'],
  })
  closeSync(handle)
  let stderr = ''
  child.stderr!.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = once(child, 'close').then(([exit]): Ended => ({ exit, stderr }))
  return { child, ended }
}

/** Sends a signal to a command that is connecting to a cluster which does not answer its login. */
async function signalWhileConnecting(signal: 'SIGINT' | 'SIGTERM'): Promise<Ended> {
  const login = local.cluster.inject({ method: 'authenticate', occurrence: 'every', fault: { kind: 'hold' } })
  // Long enough that only the signal can end it.
  const { child, ended } = start(['query', '-P', 'local', '--connect-timeout', '10m', 'SELECT 1'])
  await login.whenFired()
  child.kill(signal)
  return ended
}

/** A command for each exit status of the table. */
const SCENARIOS: Readonly<Record<ExitName, () => Promise<Ended>>> = {
  ok: () => query('SELECT 1'),
  failed: () => query('SELECT nonsense'),
  usage: () => query('--format', 'xml', 'SELECT 1'),
  unreachable: () => query('--port', '1', 'SELECT 1'),
  credentials: () => {
    const token = join(local.home.folder, 'wrong-token')
    writeFileSync(token, 'wrong', { mode: 0o600 })
    return query('--password-file', token, 'SELECT 1')
  },
  timeout: () => {
    local.cluster.inject({
      method: ['executeStatement', 'executeStatementV2'],
      occurrence: 'every',
      fault: { kind: 'hold' },
    })
    return query('--timeout', '300ms', 'SELECT 5 AS five')
  },
  unavailable: async () => {
    await local.cluster.suspend()
    const ended = await query('--no-auto-resume', 'SELECT 1')
    await local.cluster.resume()
    return ended
  },
  incomplete: () => {
    local.cluster.inject({
      method: ['executeStatement', 'executeStatementV2'],
      occurrence: 'every',
      fault: { kind: 'hold', moment: 'after' },
    })
    return query('--timeout', '300ms', 'INSERT INTO stores SELECT * FROM stores LIMIT 1')
  },
  local: async () => {
    using elsewhere = temporaryHome()
    return await runCommand(['local', 'status'], { env: elsewhere.env, home: elsewhere.folder })
  },
  output: () => start(['query', '-P', 'local', 'SELECT * FROM orders'], '/dev/full').ended,
  internal: () => runCommand(['profile', 'list'], { home: Symbol('no path') as never }),
  interrupted: () => signalWhileConnecting('SIGINT'),
  terminated: () => signalWhileConnecting('SIGTERM'),
}

test.each(Object.entries(SCENARIOS))('exit status "%s"', async (name, scenario) => {
  const { exit, stderr } = await scenario()
  expect({ exit, stderr }).toMatchObject({ exit: EXITS[name as ExitName].code })
  expect(stderr.includes(' at ')).toBe(name === 'internal')
})

test('the README has the same table of exit statuses', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = Object.values(EXITS).map(({ code, about }) => `| ${code} | ${about} |`)
  expect(readme).toContain(['| status | meaning |', '|---|---|', ...rows].join('\n'))
})

test('a time limit that ends a SELECT names the cancelled query, and that nothing was changed', async () => {
  const { stderr } = await SCENARIOS.timeout()
  const { id } = (await local.cluster.queries()).find(({ sql }) => sql === 'SELECT 5 AS five')!
  expect(stderr).toBe(
    'e6data query: no complete result within 0.30 s\n' +
      `  query ${id} was cancelled on the server; it only reads, so nothing was changed\n`,
  )
})

test('a time limit that ends a writing statement reports that its outcome is unknown', async () => {
  expect((await SCENARIOS.incomplete()).stderr).toMatch(/it is unknown whether the statement was executed/)
})

test.each([
  [['query', '-P', 'local', 'SELECT * FROM orders']],
  [['tables', '-P', 'local']],
  [['help']],
  [['--version']],
  [['query', '--help']],
  [['completion', 'bash']],
])('a full disk fails with one line and its own exit status: %j', async (words) => {
  const { exit, stderr } = await start(words, '/dev/full').ended
  expect({ exit, stderr }).toEqual({
    exit: EXITS.output.code,
    stderr: expect.stringMatching(/^e6data[a-z ]*: the output can't be written: the disk is full\n$/),
  })
})

test.each([
  ['closed', '>&-', { exit: 0, stderr: '' }],
  ['open for reading only', '1</dev/null', { exit: 9, stderr: "e6data: the output can't be written: it is closed\n" }],
])('standard output that is %s ends with an exit status and no stack trace', async (_, redirection, wanted) => {
  const child = spawn('bash', ['-c', `"$@" ${redirection}`, 'bash', ...COMMAND_WORDS, 'help', 'query'], {
    env: { ...local.home.env, ...SOURCE_ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [exit] = await once(child, 'close')
  expect({ exit, stderr }).toEqual(wanted)
})

test('missing settings are listed, one per line', async () => {
  const { exit, stderr } = await runCommand(['query', 'SELECT 1'])
  expect(exit).toBe(2)
  expect(stderr.split('\n').slice(0, 2)).toEqual([
    'e6data query: 3 settings are missing or wrong:',
    '  no host: give --host, --url or --profile, or set E6DATA_HOST (`-P local` is `e6data local up`)',
  ])
  for (const line of stderr.split('\n')) expect(line.length).toBeLessThan(140)
})
