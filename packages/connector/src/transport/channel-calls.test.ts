import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { createServer } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { answer, channelTo, framed, PLACES, ScriptedServer, until, wireCall } from '../../test/scripted-server.ts'

const OK = { kind: 'message' }

describe.each(PLACES)('from $place', ({ channelTo }) => {
  describe('the limit of concurrent streams', () => {
    it.each([1, 2, 3, 4, 5])('of %i is respected, and every call is answered', async (maxConcurrentStreams) => {
      await using server = await new ScriptedServer({ settings: { maxConcurrentStreams } }).listen()
      let [open, most] = [0, 0]
      server.script = (stream) => {
        open += 1
        most = Math.max(most, open)
        stream.on('close', () => {
          open -= 1
        })
        setImmediate(() => answer(stream))
      }
      using channel = channelTo(server.port)
      const answers = await Promise.all(Array.from({ length: 40 }, () => channel.send(wireCall()).answer))
      for (const it of answers) expect(it).toMatchObject(OK)
      expect(most).toBe(maxConcurrentStreams)
      expect(server.sessions).toHaveLength(1)
    })

    it('can be lowered and raised during a connection', async () => {
      await using server = await new ScriptedServer({ settings: { maxConcurrentStreams: 4 } }).listen()
      const held: ServerHttp2Stream[] = []
      server.script = (stream) => held.push(stream)
      using channel = channelTo(server.port)
      const answers = Array.from({ length: 12 }, () => channel.send(wireCall()).answer)
      await until(() => held.length === 4)
      await new Promise<void>((resolve) => server.sessions[0]?.settings({ maxConcurrentStreams: 1 }, () => resolve()))
      for (const stream of held.splice(0)) answer(stream)
      await until(() => held.length > 0)
      expect(held).toHaveLength(1)
      await new Promise<void>((resolve) => server.sessions[0]?.settings({ maxConcurrentStreams: 3 }, () => resolve()))
      await until(() => held.length === 3)
      server.script = (stream) => answer(stream)
      for (const stream of held.splice(0)) answer(stream)
      for (const it of await Promise.all(answers)) expect(it).toMatchObject(OK)
    })

    it('does not hold a call beyond its deadline: it was not sent, and its place is free', async () => {
      await using server = await new ScriptedServer({ settings: { maxConcurrentStreams: 1 } }).listen()
      const held: ServerHttp2Stream[] = []
      server.script = (stream) => held.push(stream)
      using channel = channelTo(server.port)
      const first = channel.send(wireCall()).answer
      await until(() => held.length === 1)
      const late = channel.send(wireCall({ timeoutMs: 30 }))
      const cancelled = channel.send(wireCall())
      cancelled.cancel()
      expect(await late.answer).toEqual({ kind: 'given-up', handedOver: false })
      expect(await cancelled.answer).toEqual({ kind: 'given-up', handedOver: false })
      server.script = (stream) => answer(stream)
      answer(held[0]!)
      expect(await first).toMatchObject(OK)
      expect(await channel.send(wireCall()).answer).toMatchObject(OK)
      expect(server.streams).toBe(2)
    })
  })

  describe('the headers of a request', () => {
    async function seen(more: Parameters<typeof wireCall>[0], options: Parameters<typeof channelTo>[1] = {}) {
      await using server = await new ScriptedServer().listen()
      let headers: IncomingHttpHeaders = {}
      const chunks: Buffer[] = []
      server.script = (stream, its) => {
        headers = its
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => answer(stream))
      }
      using channel = channelTo(server.port, options)
      expect(await channel.send(wireCall(more)).answer).toMatchObject(OK)
      return { headers, body: Buffer.concat(chunks), port: server.port }
    }

    it('follow the gRPC specification', async () => {
      const { headers, body, port } = await seen({ header: [['strategy', 'blue']], timeoutMs: 1500 })
      expect(headers).toMatchObject({
        ':method': 'POST',
        ':scheme': 'http',
        ':path': '/service/method',
        ':authority': `127.0.0.1:${port}`,
        te: 'trailers',
        'content-type': 'application/grpc',
        'grpc-accept-encoding': 'gzip,identity',
        'grpc-timeout': '1500m',
        'user-agent': expect.stringMatching(/^e6data-connector-node\/\S+$/),
        strategy: 'blue',
      })
      expect(headers['grpc-encoding']).toBeUndefined()
      expect(body).toEqual(framed(Buffer.from('request')))
    })

    it('request compression if it is configured', async () => {
      const request = Buffer.from('SELECT 1 '.repeat(10_000))
      const { headers, body } = await seen({ request: Uint8Array.from(request) }, { compression: 'gzip' })
      expect(headers['grpc-encoding']).toBe('gzip')
      expect(body[0]).toBe(1)
      expect(gunzipSync(body.subarray(5)).equals(request)).toBe(true)
    })

    it.each([
      ['a line break', 'plannerip', '10.0.0.1\r\nstrategy: green'],
      ['a character that is not ASCII', 'plannerip', 'é'],
      ['a bad name', 'a b', 'x'],
      ['a name of HTTP/2 itself', ':path', '/other'],
      ['more bytes than HTTP/2 sends', 'authorization', 'x'.repeat(100_000)],
      ['a name that HTTP/2 forbids', 'connection', 'close'],
    ])('never include a header with %s', async (_, name, value) => {
      await using server = await new ScriptedServer().listen()
      using channel = channelTo(server.port)
      await channel.send(wireCall()).answer
      const fate = await channel.send(wireCall({ header: [[name, value]] })).answer
      expect(fate).toMatchObject({ kind: 'lost', cause: 'bad-request', processed: 'no' })
      expect(JSON.stringify(fate)).not.toContain(value)
      expect(await channel.send(wireCall()).answer).toMatchObject(OK)
      expect([server.streams, server.sessions.length]).toEqual([2, 1])
    })

    it('of a request that is too large are not sent', async () => {
      using channel = channelTo(1, { maxSendMessageLength: 6 })
      expect(await channel.send(wireCall()).answer).toMatchObject({ cause: 'message-too-large', processed: 'no' })
    })
  })

  describe('an abandoned call', () => {
    it('is reset by CANCEL, and the others continue', async () => {
      await using server = await new ScriptedServer().listen()
      const held: ServerHttp2Stream[] = []
      server.script = (stream) => held.push(stream)
      using channel = channelTo(server.port)
      const [cancelled, late, kept] = [
        channel.send(wireCall()),
        channel.send(wireCall({ timeoutMs: 200 })),
        channel.send(wireCall()),
      ]
      await until(() => held.length === 3)
      cancelled.cancel()
      expect(await cancelled.answer).toEqual({ kind: 'given-up', handedOver: true })
      expect(await late.answer).toEqual({ kind: 'given-up', handedOver: true })
      await until(() => held.filter(({ destroyed }) => destroyed).length === 2)
      expect(held.map(({ rstCode }) => rstCode)).toEqual([8, 8, 0])
      answer(held[2]!)
      expect(await kept.answer).toMatchObject(OK)
    })

    it('while its request is still being sent ends at once', async () => {
      await using server = await new ScriptedServer({ settings: { initialWindowSize: 100 } }).listen()
      let stream: ServerHttp2Stream | undefined
      server.script = (it) => {
        stream = it
      }
      using channel = channelTo(server.port)
      const call = channel.send(wireCall({ request: Buffer.alloc(1 << 20) }))
      await until(() => stream !== undefined)
      call.cancel()
      expect(await call.answer).toEqual({ kind: 'given-up', handedOver: true })
      await until(() => stream?.destroyed === true)
    })

    it('after it was answered stays answered', async () => {
      await using server = await new ScriptedServer().listen()
      using channel = channelTo(server.port)
      const call = channel.send(wireCall())
      expect(await call.answer).toMatchObject(OK)
      call.cancel()
      expect(await call.answer).toMatchObject(OK)
    })
  })

  describe('a call over a new connection', () => {
    it('has a connection of its own, which closes after it', async () => {
      await using server = await new ScriptedServer().listen()
      const sessions = new Set<unknown>()
      server.script = (stream) => {
        sessions.add(stream.session)
        answer(stream)
      }
      using channel = channelTo(server.port)
      await channel.send(wireCall()).answer
      expect(await channel.send(wireCall({ connection: 'new' })).answer).toMatchObject(OK)
      expect(sessions.size).toBe(2)
      await until(() => server.sockets.size === 1)
      await channel.send(wireCall()).answer
      expect(sessions.size).toBe(2)
    })

    it('that is abandoned while connecting leaves no socket', async () => {
      const sockets = new Set<unknown>()
      const mute = createServer((socket) => {
        sockets.add(socket)
        socket.on('error', () => socket.destroy())
        socket.on('close', () => sockets.delete(socket))
        socket.resume()
      }).listen(0, '127.0.0.1')
      await once(mute, 'listening')
      using channel = channelTo((mute.address() as { port: number }).port)
      const call = channel.send(wireCall({ connection: 'new' }))
      await until(() => sockets.size === 1)
      call.cancel()
      expect(await call.answer).toEqual({ kind: 'given-up', handedOver: false })
      await until(() => sockets.size === 0)
      mute.close()
    })
  })
})

describe('the time limit in a request', () => {
  it.each([
    [0.2, '1m'],
    [1500.2, '1501m'],
    [9999, '9999m'],
    [10_000, '10S'],
    [10_001, '11S'],
    [600_000, '600S'],
    [1e15, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])('is for a limit of %d ms the grpc-timeout %s', async (timeoutMs, header) => {
    // A limit this short would end the call before the server has seen it.
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    let headers: IncomingHttpHeaders = {}
    server.script = (stream, its) => {
      headers = its
      answer(stream)
    }
    using channel = channelTo(server.port, {}, clock)
    expect(await channel.send(wireCall({ timeoutMs })).answer).toMatchObject(OK)
    expect(headers['grpc-timeout']).toBe(header)
  })
})

describe("a program's fake timers", () => {
  it('do not stop calls', async () => {
    vi.useFakeTimers()
    try {
      await using server = await new ScriptedServer().listen()
      using channel = channelTo(server.port)
      for (let count = 0; count < 3; count++) expect(await channel.send(wireCall()).answer).toMatchObject(OK)
    } finally {
      vi.useRealTimers()
    }
  })
})
