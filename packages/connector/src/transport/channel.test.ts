import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { failureOf, localTest, ORDERS, PLACES } from '../../test/local.ts'
import { selfSignedCertificate } from '../../test/self-signed-certificate.ts'
import { connect } from '../connect.ts'
import { ConnectError, TransportError } from '../errors.ts'
import { VERSION } from '../options/user-agent.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) {
    server.close()
    await once(server, 'close')
  }
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket) => sockets.add(socket.on('error', () => socket.destroy())))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A socket that is closed at the end of the test. */
function dial(port: number): Socket {
  const socket = connectSocket(port, '127.0.0.1')
  sockets.add(socket.on('error', () => socket.destroy()))
  return socket
}

describe.each(PLACES)('compression, from $place', ({ options: place }) => {
  const local = localTest({ batchRows: ORDERS })
  const bytesFetched = () => local.calls('getNextResultBatch').reduce((sum, call) => sum + call.responseBytes, 0)

  it('gzip returns the same rows in a fraction of the bytes', async () => {
    const sql = 'SELECT * FROM orders ORDER BY order_id'
    const plain = await (await local.connection(place)).query(sql)
    const plainBytes = bytesFetched()
    local.cluster.clearCalls()
    const zipped = await (await local.connection({ ...place, compression: 'gzip' })).query(sql)
    expect(zipped.rows).toEqual(plain.rows)
    expect(bytesFetched()).toBeLessThan(plainBytes / 2)
  })

  it('gzip also sends statements, with any content', async () => {
    const connection = await local.connection({ ...place, compression: 'gzip' })
    const text = `naïve 🎉 ${'long '.repeat(50_000)}`
    const { rows } = await connection.query('SELECT :text AS text', { params: { text } })
    expect(rows).toEqual([{ text }])
  })

  it('gzip leaves errors unchanged', async () => {
    const connection = await local.connection({ ...place, compression: 'gzip' })
    expect(await failureOf(connection.query('SELECT * FROM nowhere'))).toMatchObject({ code: 'E6_QUERY_FAILED' })
    local.cluster.inject({ method: 'getTablesV2', fault: { kind: 'http-status', status: 456 } })
    expect(await connection.getTables()).toContain('orders')
  })
})

describe.each(PLACES)("the client's identity in requests, from $place", ({ options: place }) => {
  const local = localTest()
  const userAgents = () => new Set(local.cluster.calls().map(({ userAgent }) => userAgent))

  it("is the connector's name and version, on every call", async () => {
    const connection = await local.connection(place)
    await connection.query('SELECT 1')
    const [agent, ...others] = userAgents()
    expect(others).toEqual([])
    expect(agent).toBe(`e6data-connector-node/${VERSION}`)
  })

  it("includes the program's own name before that, if set", async () => {
    const connection = await local.connection({ ...place, userAgent: 'reports/2.1' })
    await connection.query('SELECT 1')
    // A connection of another test may still close its last query in the background.
    const agents = local.calls('prepareStatement').map(({ userAgent }) => userAgent)
    expect(agents).not.toEqual([])
    for (const agent of agents) expect(agent).toMatch(/^reports\/2\.1 e6data-connector-node\//)
  })

  it('includes the tags of a query, in a comment that their content cannot end', async () => {
    const connection = await local.connection({ ...place, queryTags: { team: 'sales' } })
    const statements = async () => (await local.cluster.queries()).map(({ sql }) => sql)
    await connection.query('SELECT 1 AS one')
    expect(await statements()).toContain('/* team=sales */ SELECT 1 AS one')
    const queryTags = { 'a */ b': "'; DROP TABLE orders; -- é */", run: '7' }
    expect((await connection.query('SELECT 2 AS two', { queryTags })).rows).toEqual([{ two: 2 }])
    const tagged = (await statements()).map((sql) => /^\/\* (\S+) \*\/ SELECT 2 AS two$/.exec(sql)?.[1])
    const pairs = tagged.find((comment) => comment !== undefined)?.split(',') ?? []
    expect(Object.fromEntries(pairs.map((pair) => pair.split('=').map(decodeURIComponent)))).toEqual(queryTags)
  })
})

describe.each(PLACES)('a connection that has gone silent, from $place', ({ options: place }) => {
  const local = localTest()

  /** Forwards bytes to the cluster until the test drops them: to both sides the connection looks alive. */
  async function relay(): Promise<{ port: number; goSilent(): void }> {
    let isSilent = false
    const server = createServer((client) => {
      const upstream = dial(local.cluster.port)
      client.on('data', (bytes) => isSilent || upstream.write(bytes))
      upstream.on('data', (bytes) => isSilent || client.write(bytes))
      client.on('close', () => upstream.destroy())
    })
    return {
      port: await listening(server),
      goSilent: () => {
        isSilent = true
      },
    }
  }

  it('is noticed by its keepalive, long before any deadline', async () => {
    const { port, goSilent } = await relay()
    const connection = await local.connection({ ...place, port, keepaliveTimeMs: 50, keepaliveTimeoutMs: 50 })
    const held = local.cluster.inject({ method: 'executeStatementV2', fault: { kind: 'hold' } })
    // A statement that may write is never run again, unlike one that only reads.
    const running = failureOf(connection.query('CREATE TABLE kept (id INTEGER)'))
    await held.whenHolding()
    goSilent()
    const error = await running
    expect(error).toBeInstanceOf(TransportError)
    expect(error).toMatchObject({ outcome: 'unknown' })
    held.remove()
  })

  it('is kept while its pings are answered, however long a query takes', async () => {
    const { port } = await relay()
    const connection = await local.connection({ ...place, port, keepaliveTimeMs: 20, keepaliveTimeoutMs: 1000 })
    local.cluster.inject({ method: 'executeStatementV2', fault: { kind: 'delay', ms: 300 } })
    expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(local.calls('prepareStatement')).toHaveLength(1)
  })
})

describe.each(PLACES)('an HTTP proxy, from $place', ({ options: place }) => {
  const local = localTest()
  const ours = selfSignedCertificate('localhost')
  const secured = localTest({ tls: { cert: ours.certificate, key: ours.key } })

  /** A name that only the proxy can resolve. */
  const HOST = 'cluster.example'

  /** A proxy that opens tunnels to this host, for clients with the right credentials. */
  async function connectProxy(credentials?: string) {
    const tunnels: (string | undefined)[] = []
    const server = createHttpServer()
    server.on('connect', ({ url, headers }, client: Socket) => {
      const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
      if (headers['proxy-authorization'] !== wanted) {
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
        return
      }
      tunnels.push(url)
      const upstream = dial(Number(url?.split(':')[1]))
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      client.pipe(upstream).pipe(client)
      client.on('close', () => upstream.destroy())
    })
    return { port: await listening(server), tunnels }
  }

  const ask = async (host = HOST) => {
    await using connection = await connect({
      ...place,
      url: local.cluster.url,
      host,
      strategyStore: 'process',
      maxRetryAttempts: 1,
    })
    return (await connection.query('SELECT 1 AS one')).rows
  }

  const PROXY_VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy']

  /** Sets one variable to the proxy and clears the others, regardless of the tests' environment. */
  function nameProxy(address: string, name = 'grpc_proxy'): void {
    for (const other of [...PROXY_VARIABLES, 'no_grpc_proxy', 'no_proxy']) vi.stubEnv(other, '')
    vi.stubEnv(name, address)
  }

  for (const name of PROXY_VARIABLES) {
    it(`set by ${name} is used by the connection`, async () => {
      const { port, tunnels } = await connectProxy()
      nameProxy(`http://127.0.0.1:${port}`, name)
      expect(await ask()).toEqual([{ one: 1 }])
      expect(tunnels).toEqual([`${HOST}:${local.cluster.port}`])
    })
  }

  it('receives the user and password of its address', async () => {
    const { port, tunnels } = await connectProxy('someone:secret')
    nameProxy(`http://someone:secret@127.0.0.1:${port}`)
    expect(await ask()).toEqual([{ one: 1 }])
    expect(tunnels).toHaveLength(1)
  })

  it('passes TLS to the cluster, whose certificate is checked as usual', async () => {
    const { port, tunnels } = await connectProxy()
    nameProxy(`http://127.0.0.1:${port}`)
    const options = { ...place, url: secured.cluster.url, host: HOST, strategyStore: 'process' } as const
    const ca = Buffer.from(ours.certificate)
    await using connection = await connect({ ...options, tls: { ca, serverName: 'localhost' } })
    expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(tunnels).toEqual([`${HOST}:${secured.cluster.port}`])
    expect(String(await failureOf(connect({ ...options, tls: { ca } })))).toMatch(/certificate is not trusted/)
  })

  it('that refuses is a typed error', async () => {
    const { port } = await connectProxy('someone:secret')
    nameProxy(`http://127.0.0.1:${port}`)
    const error = await failureOf(ask())
    expect(error).toBeInstanceOf(ConnectError)
    expect(error).toMatchObject({ outcome: 'not-sent', retryable: true })
    expect(String(error)).toContain('a proxy refused the connection')
  })

  it('is never used for loopback, regardless of the environment', async () => {
    const { port, tunnels } = await connectProxy()
    nameProxy(`http://127.0.0.1:${port}`)
    for (const host of ['127.0.0.1', 'localhost']) expect(await ask(host)).toEqual([{ one: 1 }])
    expect(tunnels).toEqual([])
  })
})
