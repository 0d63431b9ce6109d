import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'e6data-connector'
import { selfSignedCertificate } from 'e6data-local-cluster'
import { expect, test } from 'vitest'
import { localProfile } from '../testing/local-profile.ts'

test('status, suspend and resume print the state of the cluster, and status sets the exit status', async () => {
  await using local = await localProfile({ resumeMs: 50 })
  const run = (...words: string[]) => local.run([...words, '-P', 'local'])
  expect(await run('status')).toEqual({ exit: 0, stdout: 'active\n', stderr: '' })
  expect(await run('suspend')).toEqual({ exit: 0, stdout: 'suspended\n', stderr: '' })
  expect(await run('status', '--json')).toEqual({ exit: 6, stdout: '{"status":"suspended"}\n', stderr: '' })
  expect(local.cluster.availability).toBe('suspended')
  expect(await run('resume', '--no-wait')).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/^resuming|active\n$/),
  })
  expect(await run('resume')).toEqual({ exit: 0, stdout: 'active\n', stderr: '' })
  expect(local.cluster.availability).toBe('active')
})

test('resume times out', async () => {
  await using local = await localProfile({ suspended: true, resumeMs: 60_000 })
  const { exit, stderr } = await local.run(['resume', '-P', 'local', '--wait-timeout', '200ms'])
  expect({ exit, stderr }).toMatchObject({ exit: 6, stderr: expect.stringMatching(/^e6data resume: .*200 ms/) })
})

test('strategy shows the state that programs of this host share, without calling the cluster, and can clear it', async () => {
  await using local = await localProfile()
  const strategy = async (...words: string[]) =>
    JSON.parse((await local.run(['strategy', ...words, '-P', 'local', '--json'])).stdout)
  await using connection = await connect(local.cluster.url)
  await using cursor = connection.cursor()
  const id = await cursor.execute('SELECT * FROM orders')
  const userHash = createHash('sha256').update(local.cluster.username).digest('hex').slice(0, 32)
  expect(await strategy()).toMatchObject({
    cluster: { host: '127.0.0.1', port: local.cluster.port, name: 'local' },
    activeStrategy: 'blue',
    pendingStrategy: null,
    epoch: 1,
  })
  const calls = local.cluster.calls().length
  const seen = await strategy()
  expect(seen.users).toEqual([userHash])
  expect(local.cluster.calls()).toHaveLength(calls)
  expect(seen.lastMismatch).toBeNull()
  expect(JSON.stringify(seen)).not.toContain(id)
  const { stdout } = await local.run(['strategy', '-P', 'local'])
  expect(stdout).toMatch(
    /cluster {5}local at 127\.0\.0\.1:\d+\nactive {6}● blue, confirmed \d+\.\d\d s ago\nannounced {3}nothing\nepoch {7}1, since /,
  )
  await connection.query('SELECT 1')
  expect(await strategy('clear')).toMatchObject({ activeStrategy: null, epoch: 2 })
  expect((await strategy()).recent).toMatchObject([
    { kind: 'transition', to: 'blue', epoch: 1 },
    { kind: 'cleared', strategy: 'blue', epoch: 2 },
  ])
  expect((await local.run(['strategy', '-P', 'local'])).stdout).toMatch(
    /\n\d\d:\d\d:\d\d {2}● blue is in use, epoch 1\n\d\d:\d\d:\d\d {2}● blue is forgotten\n$/,
  )
})

test('doctor passes all checks of a working cluster', async () => {
  await using local = await localProfile()
  const { exit, stdout } = await local.run(['doctor', '-P', 'local'])
  expect(exit).toBe(0)
  expect(stdout.split('\n').map((line) => line.slice(0, 14).trimEnd())).toEqual([
    '✔ options',
    '✔ name',
    '✔ port',
    '– TLS',
    '✔ HTTP/2',
    '✔ cluster',
    '✔ login',
    '✔ query',
    '✔ shared state',
    '',
  ])
  expect(stdout).not.toContain(local.cluster.password)
})

test.each([
  ['a host that does not exist', ['--host', 'nowhere.invalid'], 'name', /check the spelling of the host/],
  [
    'a port where nothing listens',
    ['--host', '127.0.0.1', '--port', '1'],
    'port',
    /nothing listens there: check --port/,
  ],
  ['TLS where there is none', ['--secure'], 'tls', /does not speak TLS on this port/],
  ['a suspended cluster', ['suspended'], 'service', /`e6data resume` resumes it/],
])('doctor gives advice about %s, and skips the checks that depend on it', async (_, words, id, advice) => {
  await using local = await localProfile({ suspended: words[0] === 'suspended' })
  const options = words[0] === 'suspended' ? [] : words
  const { exit, stdout } = await local.run(['doctor', '-P', 'local', '--json', ...options])
  expect(exit).toBe(1)
  const checks = JSON.parse(stdout).checks as { id: string; state: string; advice?: string }[]
  const failed = checks.filter(({ state }) => state === 'failed')
  expect(failed).toEqual([expect.objectContaining({ id, advice: expect.stringMatching(advice) })])
  expect(checks.find((check) => check.id === 'query')).toMatchObject({ state: 'skipped' })
  expect(local.cluster.availability).toBe(words[0] === 'suspended' ? 'suspended' : 'active')
})

test('doctor explains a certificate that is not trusted or has another name', async () => {
  await using local = await localProfile({ tls: selfSignedCertificate(['localhost', '127.0.0.1']) })
  const { exit, stdout } = await local.run(['doctor', '-P', 'local'])
  expect({ exit, stdout }).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/✔ TLS {11}TLSv1\.3, certificate of localhost by localhost, \d+ days left/),
  })
  const tlsAdvice = async (...words: string[]) => {
    const { checks } = JSON.parse((await local.run(['doctor', '-P', 'local', '--json', ...words])).stdout)
    return checks.find(({ id }: { id: string }) => id === 'tls').advice
  }
  expect(await tlsAdvice('--tls-server-name', 'elsewhere.example')).toContain('the certificate is for another name')
  const other = join(local.home.folder, 'other.pem')
  writeFileSync(other, selfSignedCertificate().cert)
  expect(await tlsAdvice('--tls-ca', other)).toContain('give it with --tls-ca')
})

const everyLogin = { occurrence: 'every', times: 1000 } as const

test('doctor blames a proxy that answers 502, and not the token', async () => {
  await using local = await localProfile()
  local.cluster.inject({ method: 'authenticate', ...everyLogin, fault: { kind: 'http-status', status: 502 } })
  const { exit, stdout } = await local.run(['doctor', '-P', 'local', '--json'])
  const { checks } = JSON.parse(stdout)
  const login = checks.find(({ id }: { id: string }) => id === 'login')
  expect(exit).toBe(1)
  expect(login).toMatchObject({ state: 'failed', advice: expect.stringContaining('not the engine behind it') })
  expect(login.advice).not.toContain('token')
})

test('doctor continues when a server has no cluster service', async () => {
  await using local = await localProfile()
  local.cluster.inject({ method: 'status', ...everyLogin, fault: { kind: 'http-status', status: 404 } })
  const { exit, stdout } = await local.run(['doctor', '-P', 'local'])
  expect({ exit, stdout }).toMatchObject({ exit: 0 })
  expect(stdout).toMatch(/– cluster {7}this server has no cluster service\n✔ login .*\n✔ query .*\n✔ shared state/)
})
