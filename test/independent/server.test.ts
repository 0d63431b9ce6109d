import { connect } from 'e6data-connector'
import { decodeChunk, decodeResultMetadata } from 'e6data-connector/wire'
import { describe, expect, it } from 'vitest'
import { ClusterProxy } from '../independent-server/cluster-proxy.ts'
import { IndependentServer } from '../independent-server/independent-server.ts'
import { check, ORACLE_FIELDS, type OracleRow, oracleChunk } from '../independent-server/oracle.ts'
import {
  afterActing,
  bareStatus,
  type Decision,
  delayed,
  goaway,
  HANGING,
  KILLED,
  malformed,
  reset,
  status,
} from '../independent-server/reply.ts'
import { resultMetadata } from '../independent-server/result-metadata.ts'
import { ServerProcess } from '../independent-server/server-process.ts'
import { Stage } from '../scenarios/scenario.ts'
import { endOf, runSelect, wordsFor, wrongsOf } from '../scenarios/statements.ts'
import { until } from '../scenarios/waiting.ts'
import { type RawAnswer, rawLogin } from './raw-call.ts'

/** What each kind of reply looks like to an HTTP/2 client without gRPC. */
const REPLIES: readonly (readonly [name: string, decision: Decision, seen: Partial<RawAnswer>])[] = [
  ['a bare status', bareStatus(502), { end: 'answered', httpStatus: 502 }],
  ['a bare status with a body', bareStatus(456, { body: 'no' }), { end: 'answered', body: Buffer.from('no') }],
  ['a status in headers alone', status(14, 'x'), { end: 'answered', grpcStatus: '14', inTrailers: false }],
  ['a status in trailers', status(13, 'x', 'after-headers'), { grpcStatus: '13', inTrailers: true }],
  ['a status after part of a message', status(13, 'x', 'after-part'), { grpcStatus: '13', inTrailers: true }],
  ['a reset', reset(11), { end: 'reset', resetCode: 11 }],
  ['a reset after headers', reset(2, 'after-headers'), { end: 'reset', resetCode: 2, httpStatus: 200 }],
  ['a lower GOAWAY', goaway(0, 'lower'), { goaway: { code: 0, lastStream: 1 } }],
  ['a GOAWAY, then the answer', goaway(0, 'own', 'answer'), { end: 'answered', grpcStatus: '0' }],
  ['a GOAWAY with a code', goaway(11, 'own'), { goaway: { code: 11, lastStream: 3 } }],
  ['a closed connection', KILLED, { end: 'connection lost' }],
  ['silence', HANGING, { end: 'nothing' }],
  ['silence after headers', { reply: { kind: 'hang', at: 'after-headers' } }, { end: 'nothing', httpStatus: 200 }],
  ['no trailers', malformed('no-trailers'), { end: 'answered', httpStatus: 200, inTrailers: false }],
  ['no message', malformed('no-message'), { grpcStatus: '0', body: Buffer.alloc(0) }],
  ['a page', malformed('html-as-ok'), { httpStatus: 200, inTrailers: false }],
]

describe('the independent server', () => {
  it.each(REPLIES)('sends %s', async (_, decision, seen) => {
    await using server = new IndependentServer({ onCall: ({ nth }) => (nth === 2 ? decision : undefined) })
    const { port } = await server.listen()
    expect(await rawLogin(port, 'blue')).toMatchObject(seen)
  })

  it('acts before a fault only if told to', async () => {
    await using stage = new Stage()
    const it = await stage.server()
    const client = await stage.client(it)
    it.server.onCall = ({ step, tag }) => {
      if (step !== 'execute') return undefined
      return tag === 'acts' ? afterActing(status(3, 'x')) : status(3, 'x')
    }
    for (const tag of ['acts', 'refuses']) expect((await runSelect(client, tag)).kind).toBe('error')
    expect([it.server.executions('acts'), it.server.executions('refuses')]).toEqual([1, 0])
  })

  it('serves a strategy only through proxies that know it', async () => {
    const proxy = new ClusterProxy('proxy')
    await using server = new IndependentServer()
    const { port } = await server.listen({ proxies: [proxy] })
    proxy.serveOnly('green')
    expect(await rawLogin(port, 'blue')).toMatchObject({ httpStatus: 456 })
    expect(await rawLogin(port, 'green')).toMatchObject({ httpStatus: 200, grpcStatus: '0' })
  })

  it('answers a query with every row, and keeps count', async () => {
    await using stage = new Stage()
    const it = await stage.server()
    const client = await stage.client(it)
    expect(wordsFor(await runSelect(client, 'a', 25))).toBe('ok')
    const sparse = "SELECT 'tag=b batches=3,4 promised=7'"
    expect(wordsFor(await endOf(client, sparse, { rows: 7, tag: 'b' }))).toBe('ok')
    expect(it.server.executions('a')).toBe(1)
    expect(it.server.calls('fetch')).toBe(4 + 3)
    await until('both are cleared', 2000, () => it.server.openQueries().length === 0)
    expect(wrongsOf(it.server)).toEqual([])
    expect(String(it.server.log)).not.toContain('secret')
  })

  it('forgets what has ended when history is not kept', async () => {
    await using stage = new Stage()
    const it = await stage.server({ keepHistory: false })
    const client = await stage.client(it)
    for (let n = 0; n < 20; n++) await client.it.query('SELECT 1')
    await until('all have ended', 2000, () => it.server.engine.queries.size === 0)
    expect(it.server.log.entries).toEqual([])
  })

  it('can be answered late, and compressed', async () => {
    await using stage = new Stage()
    const it = await stage.server({ onCall: ({ step }) => (step === 'fetch' ? LATE_AND_SMALL : undefined) })
    const client = await stage.client(it)
    expect(wordsFor(await runSelect(client, 'a', 25))).toBe('ok')
  })

  it('runs as a process that is controlled by messages', async () => {
    await using server = await ServerProcess.start(['--proxies', '2', '--batch-rows', '5'])
    const { port } = server
    const options = {
      host: '127.0.0.1',
      port,
      username: 'analyst',
      password: 'secret',
      strategyStore: 'process',
    } as const
    const connection = await connect(options)
    const { rows, strategy } = await connection.query<OracleRow>("SELECT 'tag=a n=12'")
    expect(check(rows, { rows: 12, tag: 'a' })).toBeUndefined()
    expect(strategy).toBe('blue')
    const openQueries = async () => (await server.command({ do: 'figures' })).open
    await expect.poll(openQueries).toBe(0) // blue can still be told to clear them
    await server.command({ do: 'serve', strategies: ['green'] })
    expect((await connection.query('SELECT 1')).strategy).toBe('green')
    await server.command({ do: 'meet', step: 'prepare', times: 1, decision: status(3, 'syntax error') })
    await expect(connection.query('SELEKT 1')).rejects.toThrow('syntax error')
    await connection.close() // until then queries may still be cleared
    expect(await server.command({ do: 'figures' })).toMatchObject({ open: 0, violations: [], resumes: 0 })
    await expect(server.command({ do: 'serve', strategies: [], proxies: [7] })).rejects.toThrow('there is no proxy 7')
  })
})

const LATE_AND_SMALL: Decision = delayed(5, { reply: { kind: 'engine', gzip: true } })

describe('the oracle', () => {
  const row = (n: number, over: Partial<OracleRow> = {}): OracleRow => ({
    tag: 'a',
    n: BigInt(n),
    deployment: 'blue',
    run: 1n,
    ...over,
  })
  it.each<[string, OracleRow[], string | undefined]>([
    ['a whole result', [row(0), row(1), row(2)], undefined],
    ['a row that is missing at the end', [row(0), row(1)], '2 rows of 3'],
    ['a row that came twice', [row(0), row(1), row(1)], 'row 2 is number 1'],
    ['a row of another deployment', [row(0), row(1, { deployment: 'green' }), row(2)], 'row 1 is of green'],
    ['a row of another run', [row(0), row(1), row(2, { run: 2n })], 'row 2 is of run 2'],
    ['a row of another statement', [row(0), row(1, { tag: 'b' }), row(2)], 'row 1 is of b'],
  ])('judges %s', (_, rows, fault) => {
    const found = check(rows, { rows: 3, tag: 'a' })
    if (fault === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(fault)
  })

  it('writes chunks and metadata that the connector reads', () => {
    const { rowCount, fields } = decodeResultMetadata(resultMetadata(3n, ORACLE_FIELDS))
    expect(rowCount).toBe(3n)
    const chunk = oracleChunk({ tag: 'ä', deployment: 'green', run: 9 }, 5, 2)
    expect(decodeChunk(chunk, fields).toRows()).toEqual([
      { tag: 'ä', n: 5n, deployment: 'green', run: 9n },
      { tag: 'ä', n: 6n, deployment: 'green', run: 9n },
    ])
  })
})
