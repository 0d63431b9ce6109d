import { EventEmitter, once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { wireCall } from '../../test/scripted-server.ts'
import { selfSignedCertificate } from '../../test/self-signed-certificate.ts'
import { OptionsError, TimeoutError } from '../errors.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import type { TextVector } from '../result/vector.ts'
import { systemClock } from '../time/clock.ts'
import { type CallOptions, Deadline } from '../time/deadline.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import { CallTransport } from './call-transport.ts'
import { CallFailure } from './transport.ts'
import { startTransportWorker, TransportThread } from './transport-thread.ts'
import type { WireAnswer } from './unary-channel.ts'

const METHOD = engineMethods.authenticate
const SECRET = 'tok3n-secret'

const ask = (transport: CallTransport, limits: CallOptions = {}) =>
  transport.call(METHOD, {}, { header: [], deadline: Deadline.of(systemClock, limits, 20_000, 'the call') })

/** A thread with a program other than the real one. */
const thread = (program: string) => new TransportThread(() => new Worker(program, { eval: true }))

const TO_NOBODY = resolveOptions({ host: '127.0.0.1', port: 1, username: 'ada', password: SECRET }, {})

describe('the thread', () => {
  const local = localTest()

  function counted() {
    const workers: Worker[] = []
    const threads = new TransportThread(() => {
      const worker = startTransportWorker()
      workers.push(worker)
      return worker
    })
    const options = resolveOptions({ url: local.cluster.url })
    const open = () => {
      const transport = new CallTransport(threads.openChannel(options))
      onTestFinished(() => transport.close())
      return transport
    }
    return { workers, open }
  }

  it('serves any number of connections, starts with the first call, and ends with the last connection', async () => {
    const { workers, open } = counted()
    const transports = [open(), open(), open()]
    expect(workers).toHaveLength(0)
    await Promise.all(transports.map((transport) => ask(transport)))
    expect(workers).toHaveLength(1)
    const ended = once(workers[0]!, 'exit')
    for (const transport of transports) transport.close()
    expect(await ended).toEqual([0])
  })

  it('is replaced for connections that are opened after that', async () => {
    const { workers, open } = counted()
    for (let count = 0; count < 2; count++) {
      const transport = open()
      await ask(transport)
      transport.close()
    }
    expect(workers).toHaveLength(2)
  })

  it('that dies fails the running calls as lost, and the next call starts another', async () => {
    const { workers, open } = counted()
    const [one, other] = [open(), open()]
    await Promise.all([ask(one), ask(other)])
    const held = local.cluster.inject({ method: 'authenticate', fault: { kind: 'hold' } })
    const lost = failureOf(ask(one))
    await held.whenHolding()
    await workers[0]?.terminate()
    const error = await lost
    expect(error).toBeInstanceOf(CallFailure)
    expect((error as CallFailure).fault).toMatchObject({ kind: 'connection-lost', outcome: 'unknown' })
    held.remove()
    expect([one.usable, other.usable]).toEqual([true, true])
    await Promise.all([ask(one), ask(other)])
    expect(workers).toHaveLength(2)
  })

  it('that dies between calls is replaced by the next one', async () => {
    const { workers, open } = counted()
    const transport = open()
    await ask(transport)
    await workers[0]?.terminate()
    await ask(transport)
    expect(workers).toHaveLength(2)
  })

  it('that fails during calls reports the reason', async () => {
    const threads = thread(`
      const { parentPort } = require('node:worker_threads')
      parentPort.on('message', ({ kind }) => { if (kind === 'call') throw new Error('a defect') })
      parentPort.postMessage({ kind: 'ready' })`)
    const transport = new CallTransport(threads.openChannel(TO_NOBODY))
    const error = await failureOf(Promise.any([ask(transport), ask(transport)]))
    const faults = (error as AggregateError).errors.map(({ fault }: CallFailure) => fault)
    const lost = { kind: 'connection-lost', details: expect.stringContaining('a defect') }
    expect(faults).toMatchObject([lost, lost])
  })

  it('that fails is judged by all its earlier messages, even if its error arrives first', async () => {
    const worker = Object.assign(new EventEmitter(), {
      postMessage: () => undefined,
      ref: () => undefined,
      unref: () => undefined,
    })
    const channel = new TransportThread(() => worker as unknown as Worker).openChannel(TO_NOBODY)
    const [first, second] = [channel.send(wireCall()).answer, channel.send(wireCall()).answer]
    const answered: WireAnswer = { kind: 'given-up', handedOver: false }
    worker.emit('error', new Error('a defect'))
    worker.emit('message', { kind: 'ready' })
    worker.emit('message', { kind: 'answered', id: 1, answer: answered })
    worker.emit('exit', 1)
    expect(await first).toEqual(answered)
    expect(await second).toMatchObject({ kind: 'lost', reason: expect.stringContaining('a defect') })
  })

  it('that is stuck does not hold a call beyond its deadline', async () => {
    const threads = thread(`
      const { parentPort } = require('node:worker_threads')
      parentPort.postMessage({ kind: 'ready' })
      parentPort.on('message', ({ kind }) => { if (kind === 'end') process.exit() })`)
    const transport = new CallTransport(threads.openChannel(TO_NOBODY))
    onTestFinished(() => transport.close())
    const error = await failureOf(ask(transport, { timeoutMs: 50 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ outcome: 'unknown' })
  })

  it.each<[string, () => Worker]>([
    ['is not where it should be', () => new Worker(new URL('./absent.js', import.meta.url))],
    ['is in a bundle that does not know its location', () => new Worker(new URL('./absent.js', undefined))],
    ['fails at once', () => new Worker('throw new Error("no")', { eval: true })],
    ['ends at once', () => new Worker('', { eval: true })],
  ])('whose program %s is an options error with advice', async (_, start) => {
    const transport = new CallTransport(new TransportThread(start).openChannel(TO_NOBODY))
    onTestFinished(() => transport.close())
    const error = await failureOf(ask(transport))
    expect(error).toBeInstanceOf(OptionsError)
    expect(error).toMatchObject({ outcome: 'not-sent', retryable: false })
    expect(String(error)).toMatch(/transportThread.*transport-worker\.js.*bundle/s)
  })

  it('receives only the options of the channel: no password, and no shared memory', async () => {
    const { certificate, key } = selfSignedCertificate('localhost')
    const threads = thread(`
      const { parentPort } = require('node:worker_threads')
      const { inspect } = require('node:util')
      let opened
      parentPort.postMessage({ kind: 'ready' })
      parentPort.on('message', (it) => {
        if (it.kind === 'open') opened = it.options
        if (it.kind === 'end') process.exit()
        if (it.kind !== 'call') return
        const { tls } = opened
        const sizes = Object.values(tls).map((part) => [part.byteLength, part.buffer.byteLength])
        const bytes = Buffer.from(JSON.stringify({ all: inspect(opened, { depth: 9 }), sizes }))
        parentPort.postMessage({ kind: 'answered', id: it.id, answer: { kind: 'message', bytes } })
      })`)
    const tls = { ca: Buffer.from(certificate), cert: Buffer.from(certificate), key: Buffer.from(key) }
    const options = resolveOptions({ host: 'localhost', secure: true, username: 'ada', password: SECRET, tls }, {})
    const channel = threads.openChannel(options)
    onTestFinished(() => channel.close())
    const call = { path: '/', request: Buffer.alloc(0), header: [], timeoutMs: Number.POSITIVE_INFINITY }
    const answer = await channel.send(call).answer
    if (answer.kind !== 'message') throw new Error('an answer was expected')
    const { all, sizes } = JSON.parse(Buffer.from(answer.bytes).toString())
    expect(all).toContain('localhost')
    expect(all).not.toContain(SECRET)
    expect(sizes).toEqual([certificate, certificate, key].map(({ length }) => [length, length]))
  })
})

describe('a connection in a thread', () => {
  const local = localTest()

  it('returns the same rows as any connection', async () => {
    const sql = 'SELECT * FROM orders ORDER BY order_id'
    const [near, far] = [await local.connection(), await local.connection({ transportThread: true })]
    expect((await far.query(sql)).rows).toEqual((await near.query(sql)).rows)
  })

  /** Rows whose batches are large enough to be freed. */
  const lettersSql = (rows: number) =>
    `SELECT i, repeat(chr(97 + (i % 26)::INTEGER), 1000) AS letters FROM range(${rows}) t(i) ORDER BY i`
  const lettersOf = (row: number) => String.fromCharCode(97 + (row % 26)).repeat(1000)

  it('frees the memory of a released batch, and keeps the values made from it', async () => {
    const sql = lettersSql(2000)
    const sizes = async (transportThread: boolean) => {
      const connection = await local.connection({ transportThread })
      const lengths: number[] = []
      const letters: unknown[] = []
      for await (using batch of connection.stream(sql).batches()) {
        const text = batch.vector('letters') as TextVector
        letters.push(...(batch.column('letters') as string[]))
        batch.release()
        lengths.push(text.bytes.byteLength)
      }
      expect(letters).toEqual(Array.from({ length: 2000 }, (_, row) => lettersOf(row)))
      return lengths
    }
    expect(new Set(await sizes(true))).toEqual(new Set([0]))
    for (const bytes of await sizes(false)) expect(bytes).toBeGreaterThan(100_000)
  })

  it('delivers a stream whose batches it frees one by one', async () => {
    const connection = await local.connection({ transportThread: true })
    let rows = 0
    for await (const { i, letters } of connection.stream(lettersSql(20_000))) {
      expect([i, letters]).toEqual([BigInt(rows), lettersOf(rows)])
      rows += 1
    }
    expect(rows).toBe(20_000)
  })

  it('survives a switch under load: no failed query, no row lost or duplicated', async () => {
    const connection = await local.connection({ transportThread: true })
    const ids = Array.from({ length: 1000 }, (_, id) => id)
    let isOver = false
    let queries = 0
    const reader = async () => {
      while (!isOver) {
        const { rows } = await connection.query('SELECT order_id FROM orders ORDER BY order_id')
        expect(rows.map((row) => Number(row.order_id))).toEqual(ids)
        queries++
      }
    }
    const readers = Promise.all(Array.from({ length: 8 }, reader))
    for (let deployments = 0; deployments < 3; deployments++) {
      const before = queries
      await local.cluster.deploy()
      while (queries < before + 16) await new Promise((resolve) => setImmediate(resolve))
    }
    isOver = true
    await readers
    expect(connection.strategy.getActiveStrategy()).toBe('green')
  })
})
