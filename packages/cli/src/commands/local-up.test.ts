import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { runCommand } from '../testing/run-command.ts'
import { type TemporaryHome, temporaryHome } from '../testing/temporary-home.ts'
import { COMMAND_WORDS, SOURCE_ENV, TestTerminal } from '../testing/test-terminal.ts'

const SMALL = ['--in-process', '--rows', '100']

/** Runs the real command in its own process. */
async function run(
  { env }: TemporaryHome,
  ...words: string[]
): Promise<{ exit: number; stdout: string; stderr: string }> {
  const [program, ...before] = COMMAND_WORDS as [string, ...string[]]
  const call = promisify(execFile)(program, [...before, ...words], { env: { ...env, ...SOURCE_ENV } })
  return call.then(
    (output) => ({ exit: 0, ...output }),
    ({ code, stdout, stderr }) => ({ exit: code, stdout, stderr }),
  )
}

test('a background cluster is the profile local, readable by its owner only, until it is stopped', async () => {
  using home = temporaryHome()
  const up = await run(home, 'local', 'up', '--detach', '--tls', ...SMALL)
  expect(up).toMatchObject({ exit: 0, stderr: '' })
  expect(up.stdout).toMatch(
    /^local cluster at 127\.0\.0\.1:\d+, in the background; `e6data local down` stops it\nconsole {4}http:\S+\/#token=\S+\n/,
  )
  const file = join(home.folder, 'state/e6data/local.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const { pid, url } = JSON.parse(readFileSync(file, 'utf8'))
  expect(up.stdout).not.toContain(new URL(url).password)
  try {
    const again = await run(home, 'local', 'up', '--detach', ...SMALL)
    expect(again).toMatchObject({ exit: 8, stdout: '' })
    expect(again.stderr).toBe(
      `e6data local up: a local cluster is already running (process ${pid}): \`e6data local down\` stops it\n`,
    )
    const query = await runCommand(['query', '-P', 'local', '-F', 'csv', 'SELECT count(*) AS n FROM orders'], {
      env: home.env,
      home: home.folder,
    })
    expect(query).toEqual({ exit: 0, stdout: 'n\n100\n', stderr: '' })
  } finally {
    expect(await run(home, 'local', 'down')).toEqual({ exit: 0, stdout: 'stopped\n', stderr: '' })
  }
  expect(existsSync(file)).toBe(false)
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test('a foreground cluster ends gracefully with Ctrl-C, and leaves no profile', async () => {
  using home = temporaryHome()
  await using terminal = new TestTerminal(['local', 'up', ...SMALL], { env: home.env })
  await terminal.shows('until Ctrl-C')
  terminal.press('ctrl-c')
  expect(await terminal.ended()).toBe(0)
  expect(existsSync(join(home.folder, 'state/e6data/local.json'))).toBe(false)
})

test('a file that a killed cluster left does not prevent a new start', async () => {
  using home = temporaryHome()
  const state = { pid: 2 ** 22 + 1, url: 'e6data://a:b@127.0.0.1:1', adminUrl: 'http://127.0.0.1:1', startedAt: '' }
  await using terminal = new TestTerminal(['local', 'up', ...SMALL], { env: home.env })
  await terminal.shows('until Ctrl-C')
  terminal.press('ctrl-c')
  await terminal.ended()
  const file = join(home.folder, 'state/e6data/local.json')
  writeFileSync(file, JSON.stringify(state))
  expect((await runCommand(['local', 'status'], { env: home.env, home: home.folder })).exit).toBe(8)
  await using next = new TestTerminal(['local', 'up', ...SMALL], { env: home.env })
  await next.shows('until Ctrl-C')
  next.press('ctrl-c')
  expect(await next.ended()).toBe(0)
})

test('a restarted cluster keeps its ports and tokens, unless a port is in use', async () => {
  using home = temporaryHome()
  const urls = async () => {
    expect(await run(home, 'local', 'up', '--detach', ...SMALL)).toMatchObject({ exit: 0 })
    const { url, consoleUrl } = JSON.parse(readFileSync(join(home.folder, 'state/e6data/local.json'), 'utf8'))
    expect(await run(home, 'local', 'down')).toMatchObject({ exit: 0 })
    return { url, consoleUrl }
  }
  const first = await urls()
  expect(await urls()).toEqual(first)
  expect(statSync(join(home.folder, 'state/e6data/local-kept.json')).mode & 0o777).toBe(0o600)
  const taken = createServer().listen(Number(new URL(first.url).port), '127.0.0.1')
  await once(taken, 'listening')
  const moved = await urls()
  taken.close()
  expect(new URL(moved.url).port).not.toBe(new URL(first.url).port)
  expect(new URL(moved.url).password).toBe(new URL(first.url).password)
})

test.each([
  [['--data', '/nowhere'], "the data folder /nowhere can't be read"],
  [['--rows', '0'], '--rows of local up takes a whole number, 1 to 1000000000, not "0"'],
  [['--initial', 'red'], '--initial of local up takes one of blue, green, not "red"'],
])('%j fails with one line, also in the background', async (words, message) => {
  using home = temporaryHome()
  for (const detach of [[], ['--detach']]) {
    const { exit, stderr, stdout } = await run(home, 'local', 'up', ...detach, ...words)
    expect({ stdout, lines: stderr.trimEnd().split('\n') }).toEqual({
      stdout: '',
      lines: [expect.stringContaining(message)],
    })
    expect([2, 8]).toContain(exit)
  }
})
