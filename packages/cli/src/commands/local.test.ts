import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalProfile, localProfile } from '../testing/local-profile.ts'
import { runCommand } from '../testing/run-command.ts'
import { temporaryHome } from '../testing/temporary-home.ts'

let local: LocalProfile

beforeAll(async () => {
  local = await localProfile()
})
afterAll(() => local[Symbol.asyncDispose]())

const run = (...words: string[]) => local.run(['local', ...words])

test('commands step through a switch, and each prints the state of the cluster', async () => {
  expect(await run('announce', 'green', '--not-accepting')).toEqual({
    exit: 0,
    stdout: '● blue serves → ■ green is announced, not accepting clients yet\n',
    stderr: '',
  })
  expect((await run('accept', 'green')).stdout).toBe('● blue serves → ■ green is announced, accepting clients\n')
  expect((await run('cutover')).stdout).toBe('■ green serves, ● blue is draining\n')
  expect((await run('retire')).stdout).toBe('■ green serves\n')
  expect((await run('announce')).stdout).toBe('■ green serves → ● blue is announced, accepting clients\n')
  expect((await run('rollback')).stdout).toBe('rolled back: ■ green serves, ● blue is draining\n')
  expect((await run('retire', 'blue')).stdout).toBe('■ green serves\n')
  expect(JSON.parse((await run('deploy', '--cut-over-after', '10ms', '--json')).stdout)).toMatchObject({
    deployment: { kind: 'stable', active: 'blue' },
  })
  expect(local.cluster.state).toEqual({ kind: 'stable', active: 'blue' })
})

test.each([
  [['retire'], 8, 'nothing is draining'],
  [['retire', 'green'], 8, "can't retire green while the deployment is stable on blue"],
  [['announce', 'blue'], 8, "can't announce blue"],
  [['announce', 'purple'], 2, 'STRATEGY of local announce is one of blue, green, not "purple"'],
  [['kill'], 2, "missing required argument 'STRATEGY'"],
  [['deploy', '--cut-over-after', 'soon'], 2, '--cut-over-after of local deploy takes a duration'],
])('%j is refused in one line', async (words, exit, message) => {
  const result = await run(...words)
  expect(result).toMatchObject({ exit, stdout: '' })
  expect(result.stderr).toMatch(/^e6data local \w+: .+\n$/)
  expect(result.stderr).toContain(message)
})

test('the cluster is suspended, resumed, and an engine killed and restarted', async () => {
  expect((await run('suspend')).stdout).toBe('● blue serves; the cluster is suspended\n')
  expect((await run('resume')).stdout).toBe('● blue serves\n')
  expect((await run('kill', 'green')).stdout).toMatch(/^● blue serves; the engine green is dead \(.*\)\n$/)
  expect((await run('restart', 'green')).stdout).toBe('● blue serves\n')
})

test('status shows the addresses and the faults, and no token', async () => {
  await run('fault', 'delay', 'ms=1', 'occurrence=every')
  const { stdout } = await run('status')
  expect(stdout).toMatch(
    /^deployment {2}● blue serves\nclients {5}127\.0\.0\.1:\d+, user local, profile local\nconsole {5}http:\/\/127\.0\.0\.1:\d+\/#token=\S+\nadmin API {3}http:\/\/127\.0\.0\.1:\d+\n/,
  )
  expect(stdout).toMatch(/fault {7}#\d+ delay ms=1 occurrence=every \(hit \d+ calls\)/)
  expect(stdout + (await run('status', '--json')).stdout).not.toContain(local.cluster.password)
  await run('fault', '--clear')
})

test('faults are injected by field, listed, released and removed', async () => {
  const injected = await run(
    'fault',
    'http-status',
    'status=429',
    'method=prepareStatement,prepareStatementV2',
    'occurrence=2',
    '--json',
  )
  const { id } = JSON.parse(injected.stdout)
  expect(local.cluster.faults().map(({ fault }) => fault)).toEqual([
    { method: ['prepareStatement', 'prepareStatementV2'], occurrence: 2, fault: { kind: 'http-status', status: 429 } },
  ])
  expect((await run('fault')).stdout).toContain(`#${id} http-status status=429 `)
  expect((await run('fault', '--remove', String(id))).stdout).toBe('no fault is in force\n')
  await run('fault', 'new-strategy', 'value=456', 'queryId=7')
  expect(local.cluster.faults()[0]?.fault).toEqual({ queryId: '7', fault: { kind: 'new-strategy', value: '456' } })
  expect((await run('fault', '--clear')).stdout).toBe('no fault is in force\n')
})

test.each([
  [['hodl'], 'fault.kind must be one of delay, hold'],
  [['delay', 'ms=often'], 'ms of the fault delay must be a whole number'],
  [['delay', 'sometimes'], 'a fault\'s details are FIELD=VALUE, such as method=getNextResultBatch, not "sometimes"'],
  [['delay', 'ms=1', '--clear'], 'use only one of'],
  [['--remove', '99'], 'there is no such fault'],
  [['response-headers', 'headers=nonsense'], 'headers must be a JSON object'],
])('fault %j fails with one line', async (words, message) => {
  const result = await run('fault', ...words)
  expect(result).toMatchObject({ exit: 2, stdout: '' })
  expect(result.stderr).toMatch(/^e6data local fault: .+\n$/)
  expect(result.stderr).toContain(message)
})

test.each([
  ['local', 'status'],
  ['local', 'down'],
  ['local', 'deploy'],
  ['query', '-P', 'local', 'SELECT 1'],
])('without a running cluster, %s %s explains how to start one', async (...words) => {
  using home = temporaryHome()
  const { exit, stderr } = await runCommand(words, { env: home.env, home: home.folder })
  expect({ exit, stderr }).toMatchObject({
    exit: 8,
    stderr: expect.stringMatching(/: no local cluster is running: start one with `e6data local up --detach`\n$/),
  })
})
