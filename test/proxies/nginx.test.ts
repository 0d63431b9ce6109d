import { ConnectError, type Connection, type ConnectOptions, connect } from 'e6data-connector'
import { type LocalCluster, selfSignedCertificate, startCluster } from 'e6data-local-cluster'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Load } from './load.ts'
import { engineAddresses } from './moves.ts'
import { Nginx, type NginxSite } from './nginx.ts'
import { BATCH_ROWS, ORDERS, type OrderRow, SELECT_ORDERS } from './oracle.ts'
import { findProgram } from './server-program.ts'
import { isClean } from './tally.ts'
import { TcpBalancer } from './tcp-balancer.ts'
import { waitFor } from './waiting.ts'

const AT_ONCE = 16
/** A statement that keeps an engine busy for longer than any proxy here waits. */
const ENDLESS = 'SELECT sum(a.range * b.range % 7) AS total FROM range(1000000) AS a, range(1000000) AS b'

if (findProgram('nginx') === undefined) console.warn('nginx is not installed: what it does to connections is not tried')
else describe('a connection through nginx', tests)

describe('a proxy that is not installed', () => {
  it('is not found', () => expect(findProgram('nginx', '/nowhere')).toBeUndefined())
})

function tests(): void {
  let cluster: LocalCluster
  let closers: (() => Promise<void>)[] = []

  beforeAll(async () => {
    cluster = await startCluster({ rows: ORDERS, batchRows: BATCH_ROWS, adminPort: false })
  })
  afterAll(() => cluster.close())
  afterEach(async () => {
    for (const close of closers.reverse()) await close()
    closers = []
  })

  async function nginx(site: NginxSite): Promise<{ proxy: Nginx; balancer: TcpBalancer }> {
    const proxy = await Nginx.start(engineAddresses(cluster), { blue: 'all', green: 'nothing' }, site)
    closers.push(() => proxy.close())
    const balancer = await TcpBalancer.listen([proxy.port])
    closers.push(() => balancer[Symbol.asyncDispose]())
    return { proxy, balancer }
  }

  async function connection(options: ConnectOptions): Promise<Connection> {
    const opened = await connect({ url: cluster.url, strategyStore: 'process', ...options })
    closers.push(() => opened.close())
    return opened
  }

  async function expectServed(by: Connection): Promise<void> {
    const results = await Promise.all(Array.from({ length: AT_ONCE }, () => by.query<OrderRow>(SELECT_ORDERS)))
    expect(results.map(({ rows }) => rows.length)).toEqual(Array(AT_ONCE).fill(ORDERS))
  }

  it('that every fiftieth request closes by GOAWAY loses nothing under 16 workers', async () => {
    const { balancer } = await nginx({ directives: 'keepalive_requests 50;' })
    const load = await Load.start({ url: cluster.url, port: balancer.port })
    await load.ended(200)
    const tally = await load.stop()
    expect(tally, tally.failures.join('\n')).toSatisfy((it: typeof tally) => isClean(it, false))
    // A SELECT takes 15 calls and an INSERT 6.
    expect(balancer.connections).toBeGreaterThan((tally.queries * 6) / 50)
  }, 120_000)

  it('that nginx closes after a while without requests serves again', async () => {
    const { balancer } = await nginx({ directives: 'keepalive_timeout 1s;' })
    const idle = await connection({ port: balancer.port })
    await expectServed(idle)
    await waitFor('nginx closing the idle connection', () => balancer.openSockets === 0)
    await expectServed(idle)
  })

  it('that a balancer forgot without a word serves again', async () => {
    const { balancer } = await nginx({})
    const idle = await connection({ port: balancer.port })
    await expectServed(idle)
    balancer.forgetFlows()
    await expectServed(idle)
  })

  it('says that the outcome is unknown when nginx gives up waiting for a write', async () => {
    const { proxy } = await nginx({ directives: 'grpc_read_timeout 1s;' })
    const writer = await connection({ port: proxy.port })
    await writer.query('CREATE TABLE slowly_written (total DOUBLE)')
    const failure = await writer.query(`INSERT INTO slowly_written ${ENDLESS}`).catch((error: unknown) => error)
    expect(failure).toMatchObject({ outcome: 'unknown' })
    const inserts = (await cluster.queries()).filter(({ sql }) => sql.startsWith('INSERT INTO slowly_written'))
    expect(inserts).toHaveLength(1)
    for (const { id } of inserts) await cluster.cancelQuery(id)
    await expectServed(writer)
  })

  describe('over TLS', () => {
    const { cert, key } = selfSignedCertificate()
    const tls = { ca: Buffer.from(cert) }

    async function secured(http2 = true): Promise<number> {
      const { proxy } = await nginx({ tls: { cert, key, http2 } })
      return proxy.port
    }

    it('that nginx ends is served', async () => {
      await expectServed(await connection({ port: await secured(), secure: true, tls }))
    })

    it('that nginx offers HTTP/1.1 alone fails with a ConnectError', async () => {
      const failing = connection({ port: await secured(false), secure: true, tls })
      await expect(failing).rejects.toBeInstanceOf(ConnectError)
    })

    it('whose certificate is not trusted fails with a ConnectError', async () => {
      const failing = connection({ port: await secured(), secure: true })
      await expect(failing).rejects.toBeInstanceOf(ConnectError)
    })
  })
}
