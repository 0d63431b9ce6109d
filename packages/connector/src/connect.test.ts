import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../test/local.ts'
import { selfSignedCertificate } from '../test/self-signed-certificate.ts'
import { clusterManager, connect } from './connect.ts'
import { ConnectError, CredentialsError, E6dataError, OptionsError, TimeoutError } from './errors.ts'

const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close()
    await once(server, 'close')
  }
})

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  servers.pop()
  server.close()
  await once(server, 'close')
  return port
}

const someone = { username: 'someone', password: 'a-token-that-must-not-show', strategyStore: 'process' } as const

describe('connecting', () => {
  const local = localTest()

  it('accepts options instead of a URL', async () => {
    const { host, port, username, password, catalog, database, clusterName } = local.cluster
    const options = {
      host,
      port,
      username,
      password,
      catalog,
      database,
      clusterName,
      strategyStore: 'process',
    } as const
    await using connection = await connect(options)
    expect((await connection.query('SELECT count(*) AS n FROM orders')).rows).toEqual([{ n: 1000n }])
  })

  it('logs in once, with the cluster and the strategy in the headers', async () => {
    await using connection = await connect({ url: local.cluster.url, strategyStore: 'process' })
    expect(connection.checkConnection()).toBe(true)
    expect(local.calls('authenticate')).toMatchObject([{ strategy: 'blue', clusterName: 'local' }])
  })

  it('asks the other strategy when blue does not serve', async () => {
    const green = await import('e6data-local-cluster').then(({ startCluster }) =>
      startCluster({ mode: 'in-process', rows: 10, adminPort: false, initial: 'green' }),
    )
    await using _ = green
    await using connection = await connect({ url: green.url, strategyStore: 'process' })
    expect(connection.strategy.getActiveStrategy()).toBe('green')
    const asked = green.calls().filter(({ method }) => method === 'authenticate')
    expect(asked.map(({ strategy }) => strategy)).toEqual(['blue', 'green'])
  })

  it('two connections to a cluster share the strategy, without a second detection', async () => {
    await using one = await connect({ url: local.cluster.url, strategyStore: 'process' })
    await using two = await connect({ url: local.cluster.url, strategyStore: 'process' })
    expect(two.strategy).toBe(one.strategy)
  })
})

describe('connecting with wrong input promptly fails with one typed error that says what to do', () => {
  const local = localTest()
  const told = localTest({ wrongCredentials: 'unauthenticated' })

  it('wrong credentials, answered with an empty session', async () => {
    const error = await failureOf(
      connect({ url: local.cluster.url, password: someone.password, strategyStore: 'process' }),
    )
    expect(error).toBeInstanceOf(CredentialsError)
    expect(String(error)).toMatch(/check `username` and `password`/)
  })

  it('wrong credentials, answered with UNAUTHENTICATED', async () => {
    const error = await failureOf(
      connect({ url: told.cluster.url, password: someone.password, strategyStore: 'process' }),
    )
    expect(error).toBeInstanceOf(CredentialsError)
  })

  it('an unknown host', async () => {
    const error = await failureOf(connect({ host: 'no-such-host.invalid', port: 80, ...someone }))
    expect(error).toBeInstanceOf(ConnectError)
    expect(String(error)).toMatch(/cannot be resolved: check `host`/)
  })

  it('a port where nothing listens', async () => {
    const error = await failureOf(connect({ host: '127.0.0.1', port: await freePort(), ...someone }))
    expect(error).toBeInstanceOf(ConnectError)
    expect(error).toMatchObject({ outcome: 'not-sent', retryable: true })
    expect(String(error)).toMatch(/nothing listens there: check `host` and `port`/)
  })

  it('a port that speaks HTTP/1', async () => {
    const port = await listening(createHttpServer((_, response) => response.end('hello')))
    const error = await failureOf(connect({ host: '127.0.0.1', port, ...someone }))
    expect(error).toBeInstanceOf(ConnectError)
    expect(String(error)).toMatch(/check `host`, `port` and `secure`/)
  })

  it('a port that speaks nonsense', async () => {
    const port = await listening(
      createServer((socket) =>
        socket
          .on('error', () => undefined)
          .resume()
          .end('220 mail.example ready\r\n'),
      ),
    )
    const error = await failureOf(connect({ host: '127.0.0.1', port, ...someone }))
    expect(error).toBeInstanceOf(ConnectError)
  })

  it('a port that says nothing at all', async () => {
    const sockets = new Set<{ destroy(): void }>()
    const port = await listening(createServer((socket) => sockets.add(socket.on('error', () => undefined))))
    const error = await failureOf(connect({ host: '127.0.0.1', port, ...someone, connectTimeoutMs: 300 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ retryable: true })
    for (const socket of sockets) socket.destroy()
  })

  it('TLS to a port without it', async () => {
    const { host, port } = local.cluster
    const error = await failureOf(connect({ host, port, secure: true, ...someone }))
    expect(error).toBeInstanceOf(ConnectError)
    expect(String(error)).toMatch(/does not speak TLS there: check `secure` and `port`/)
  })

  it('invalid options, all listed at once, without secret values', async () => {
    const error = await failureOf(
      connect({ host: '', port: 70_000, username: 'x', password: someone.password, connectTimeoutMs: -1 }),
    )
    expect(error).toBeInstanceOf(OptionsError)
    expect((error as OptionsError).faults).toHaveLength(3)
    expect(String(error)).not.toContain(someone.password)
  })

  it('without a secret in any of it', async () => {
    const error = (await failureOf(connect({ host: '127.0.0.1', port: await freePort(), ...someone }))) as E6dataError
    expect(JSON.stringify([error, error.message, error.stack, String(error.cause)])).not.toContain(someone.password)
  })
})

describe('TLS', () => {
  const ours = selfSignedCertificate('localhost')
  const local = localTest({ tls: { cert: ours.certificate, key: ours.key } })
  const options = () => ({ url: local.cluster.url, host: 'localhost', strategyStore: 'process' }) as const

  it('trusts an authority given as bytes', async () => {
    await using connection = await connect({ ...options(), tls: { ca: Buffer.from(ours.certificate) } })
    expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  it('trusts an authority given as a path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'e6data-ca-'))
    try {
      const ca = join(folder, 'ca.pem')
      writeFileSync(ca, ours.certificate)
      await using connection = await connect({ ...options(), tls: { ca } })
      expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('refuses a certificate that no authority it trusts has signed', async () => {
    const error = await failureOf(connect(options()))
    expect(error).toBeInstanceOf(ConnectError)
    expect(String(error)).toMatch(/certificate is not trusted: set its authority as `tls.ca`/)
  })

  it('refuses a certificate for another name, unless that name is what is expected', async () => {
    const elsewhere = { ...options(), host: '127.0.0.1', tls: { ca: Buffer.from(ours.certificate) } }
    const error = await failureOf(connect(elsewhere))
    expect(error).toBeInstanceOf(ConnectError)
    await using connection = await connect({ ...elsewhere, tls: { ...elsewhere.tls, serverName: 'localhost' } })
    expect(connection.checkConnection()).toBe(true)
  })
})

describe('a cluster manager', () => {
  const local = localTest({ resumeMs: 50 })

  it('returns the status, suspends, resumes, and waits until the cluster is active', async () => {
    await using manager = clusterManager(local.cluster.url)
    expect(await manager.status()).toBe('active')
    await manager.suspend()
    expect(await manager.status()).toBe('suspended')
    const progress: string[] = []
    await manager.waitUntilActive({ onProgress: ({ status }) => progress.push(status) })
    expect(progress.at(-1)).toBe('active')
    expect(await manager.status()).toBe('active')
    expect(local.calls('resume')).toHaveLength(1)
  })

  it('refuses wrong credentials with a typed error', async () => {
    await using manager = clusterManager({ url: local.cluster.url, password: 'wrong' })
    expect(await failureOf(manager.status())).toBeInstanceOf(E6dataError)
  })
})
