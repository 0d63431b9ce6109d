import { constants } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { ServerHttp2Stream } from 'node:http2'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  answer,
  type channelOptions,
  framed,
  PLACES,
  ScriptedServer,
  until,
  wireCall,
} from '../../test/scripted-server.ts'
import type { WireAnswer, WireCall } from './unary-channel.ts'

const GRPC = { ':status': 200, 'content-type': 'application/grpc' }

type Script = (stream: ServerHttp2Stream) => void

async function answerFrom(
  channelTo: (typeof PLACES)[number]['channelTo'],
  script: Script,
  { options = {}, call = {} }: { options?: Parameters<typeof channelOptions>[1]; call?: Partial<WireCall> } = {},
): Promise<WireAnswer> {
  await using server = await new ScriptedServer().listen()
  server.script = script
  using channel = channelTo(server.port, options)
  const fate = await channel.send(wireCall(call)).answer
  return fate.kind === 'message' ? { ...fate, bytes: Buffer.from(fate.bytes) } : fate
}

const gzipped = (bytes: Uint8Array) => framed(gzipSync(bytes), 1)

describe.each(PLACES)('from $place', ({ channelTo }) => {
  const answerTo = (script: Script, more?: Parameters<typeof answerFrom>[2]) => answerFrom(channelTo, script, more)
  const message = (text: string) => ({ kind: 'message', bytes: Buffer.from(text) })

  describe('an answer', () => {
    it('is a message when it is complete and the trailers confirm it', async () => {
      expect(await answerTo((stream) => answer(stream, { body: framed(Buffer.from('rows')) }))).toEqual(message('rows'))
    })

    it('may follow informational responses', async () => {
      const fate = answerTo((stream) => {
        stream.additionalHeaders({ ':status': 103 })
        answer(stream)
      })
      expect(await fate).toEqual(message('ok'))
    })

    it.each([
      ['without a message', Buffer.alloc(0)],
      ['that ends in its head', Buffer.from([0, 0, 0])],
      ['that ends in its message', framed(Buffer.from('rows')).subarray(0, 7)],
      ['with two messages', Buffer.concat([framed(Buffer.from('a')), framed(Buffer.from('b'))])],
      ['with an unknown flag', framed(Buffer.from('a'), 2)],
    ])('%s and status 0 is a fault, and its fate is unknown', async (_, body) => {
      const fate = await answerTo((stream) => answer(stream, { body }))
      expect(fate).toMatchObject({ kind: 'lost', cause: 'bad-answer', processed: 'unknown' })
    })

    it('that ends without a status is neither success nor proof', async () => {
      const whole = framed(Buffer.from('rows'))
      for (const trailers of [undefined, { 'other-trailer': 'x' }]) {
        const fate = await answerTo((stream) => {
          stream.respond(GRPC, { waitForTrailers: trailers !== undefined })
          if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
          stream.end(whole)
        })
        expect(fate).toMatchObject({ kind: 'lost', processed: 'unknown', reason: 'the answer ended without a status' })
      }
    })

    it('whose headers claim status 0 before the message is not a success when the stream is reset', async () => {
      const fate = await answerTo((stream) => {
        stream.respond({ ...GRPC, 'grpc-status': '0' })
        stream.write(framed(Buffer.from('rows')), () => stream.close(8))
      })
      expect(fate).toMatchObject({ kind: 'lost', processed: 'unknown' })
    })
  })

  describe('a status of the engine', () => {
    it('comes in the trailers', async () => {
      const trailers = { 'grpc-status': '13', 'grpc-message': 'na%C3%AFve %F0%9F%8E%89 100%25 %zz' }
      const fate = await answerTo((stream) => answer(stream, { body: Buffer.alloc(0), trailers }))
      expect(fate).toEqual({ kind: 'status', code: 13, message: 'naïve 🎉 100% %zz' })
    })

    it('comes in headers that end the stream', async () => {
      const fate = await answerTo((stream) =>
        stream.respond({ ...GRPC, 'grpc-status': '5', 'grpc-message': 'no such query' }, { endStream: true }),
      )
      expect(fate).toEqual({ kind: 'status', code: 5, message: 'no such query' })
    })

    it('comes in headers of a gateway, whatever its HTTP status and page', async () => {
      const fate = await answerTo((stream) => {
        stream.respond({ ':status': 503, 'content-type': 'text/html', 'grpc-status': '14', 'grpc-message': 'away' })
        stream.end('<h1>503</h1>')
      })
      expect(fate).toEqual({ kind: 'status', code: 14, message: 'away' })
    })

    it('comes in the trailers of a response with a refusing HTTP status', async () => {
      const fate = await answerTo((stream) =>
        answer(stream, { body: Buffer.alloc(0), headers: { ':status': '456' }, trailers: { 'grpc-status': '2' } }),
      )
      expect(fate).toEqual({ kind: 'status', code: 2, message: '' })
    })

    it.each(['99', '', '0x0', '-1', '0, 13'])('that is not a code (%j) counts as UNKNOWN', async (code) => {
      const fate = await answerTo((stream) => answer(stream, { trailers: { 'grpc-status': code } }))
      expect(fate).toMatchObject({ kind: 'status', code: 2 })
    })

    it('that is sent twice counts as UNKNOWN, never as success', async () => {
      const fate = await answerTo((stream) => answer(stream, { trailers: { 'grpc-status': ['0', '0'] } }))
      expect(fate).toMatchObject({ kind: 'status', code: 2 })
    })
  })

  describe('a bare status of the proxy', () => {
    it.each([456, 503, 404, 200])('%i is reported, with a page or without', async (httpStatus) => {
      for (const page of ['', '<h1>no</h1>']) {
        const fate = await answerTo((stream) => {
          stream.respond({ ':status': httpStatus, 'content-type': 'text/html' }, { endStream: page === '' })
          if (page) stream.end(page)
        })
        expect(fate).toEqual({ kind: 'bare', httpStatus })
      }
    })

    it('also counts with a content type of gRPC, once it has ended without a status', async () => {
      for (const page of ['', '<h1>no</h1>']) {
        const fate = await answerTo((stream) => {
          stream.respond({ ...GRPC, ':status': 456 })
          stream.end(page)
        })
        expect(fate).toEqual({ kind: 'bare', httpStatus: 456 })
      }
    })

    it('is reported at once when its body is endless, and the stream is closed soon after', async () => {
      await using server = await new ScriptedServer().listen()
      let isClosed = false
      server.script = (stream) => {
        stream.respond({ ':status': 503, 'content-type': 'text/html' })
        stream.write('<h1>')
        stream.on('close', () => {
          isClosed = true
        })
      }
      using channel = channelTo(server.port)
      const { answer: fate } = channel.send(wireCall({ timeoutMs: Number.POSITIVE_INFINITY }))
      expect(await fate).toEqual({ kind: 'bare', httpStatus: 503 })
      await until(() => isClosed)
    })
  })

  describe('a compressed answer', () => {
    const headers = { 'grpc-encoding': 'gzip' }

    it('is decompressed', async () => {
      const body = gzipped(Buffer.from('rows '.repeat(1000)))
      expect(await answerTo((stream) => answer(stream, { body, headers }))).toEqual(message('rows '.repeat(1000)))
    })

    it.each([
      ['in an encoding that was not requested', 'br', gzipped(Buffer.from('rows'))],
      ['in no encoding', 'identity', gzipped(Buffer.from('rows'))],
      ['that is not gzip', 'gzip', framed(Buffer.from('rows'), 1)],
      ['that ends early', 'gzip', framed(gzipSync(Buffer.from('rows')).subarray(0, 12), 1)],
    ])('%s is a fault', async (_, encoding, body) => {
      const fate = await answerTo((stream) => answer(stream, { body, headers: { 'grpc-encoding': encoding } }))
      expect(fate).toMatchObject({ kind: 'lost', cause: 'bad-answer', processed: 'unknown' })
    })
  })

  describe('the limit of an answer', () => {
    const body = framed(Buffer.alloc(1000))

    it.each([
      ['of the channel', { options: { maxReceiveMessageLength: 999 } }],
      ['of the call', { call: { maxAnswerBytes: 999 } }],
      [
        'of the call, when the channel has a larger one',
        { options: { maxReceiveMessageLength: 9999 }, call: { maxAnswerBytes: 999 } },
      ],
      [
        'of the channel, when the call has a larger one',
        { options: { maxReceiveMessageLength: 999 }, call: { maxAnswerBytes: 9999 } },
      ],
    ])(
      '%s is enforced by the length that precedes the message, and the call is cancelled on the server',
      async (_, limits) => {
        let code: number | undefined
        const fate = await answerTo((stream) => {
          stream.respond(GRPC)
          stream.write(body.subarray(0, 5))
          stream.on('close', () => {
            code = stream.rstCode
          })
        }, limits)
        expect(fate).toMatchObject({ kind: 'lost', cause: 'message-too-large', processed: 'unknown' })
        await until(() => code !== undefined)
        expect(code).toBe(8)
      },
    )

    it.each([{ options: { maxReceiveMessageLength: 1000 } }, { call: { maxAnswerBytes: 1000 } }, {}])(
      'lets an answer of its size through: %j',
      async (limits) => {
        expect(await answerTo((stream) => answer(stream, { body }), limits)).toMatchObject({ kind: 'message' })
      },
    )

    it('limits memory: a claim of 4 GiB costs only the received bytes', async () => {
      const before = process.memoryUsage().rss
      const fate = await answerTo((stream) => {
        stream.respond(GRPC)
        stream.write(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]), () => stream.close(2))
      })
      expect(fate).toMatchObject({ kind: 'lost', cause: 'connection-lost' })
      expect(process.memoryUsage().rss - before).toBeLessThan(128 << 20)
      expect(constants.MAX_LENGTH).toBeGreaterThan(128 << 20)
    })
  })
})

/** The processor time of this thread so far, in milliseconds; without such accounting, the elapsed time. */
function threadMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

describe('1 MB that decompresses to 1 GiB', () => {
  it('is refused before it is fully decompressed, and never blocks the event loop for over 40 ms', async () => {
    // Concatenated gzip members are one stream; compressing a single member of that length takes 10 s.
    const member = gzipSync(Buffer.alloc(1 << 24))
    const body = framed(Buffer.concat(Array.from({ length: 64 }, () => member)), 1)
    const script: Script = (stream) => answer(stream, { body, headers: { 'grpc-encoding': 'gzip' } })
    const limits = [{ options: { maxReceiveMessageLength: 8 << 20 } }, { call: { maxAnswerBytes: 8 << 20 } }]
    const before = process.memoryUsage().rss
    let [longestMs, lastMs, highest] = [0, threadMs(), 0]
    const ticks = setInterval(() => {
      const now = threadMs()
      longestMs = Math.max(longestMs, now - lastMs)
      lastMs = now
      highest = Math.max(highest, process.memoryUsage().rss)
    }, 1)
    for (const { channelTo } of PLACES) {
      for (const fate of await Promise.all(limits.map((limit) => answerFrom(channelTo, script, limit)))) {
        expect(fate).toMatchObject({ kind: 'lost', cause: 'message-too-large', processed: 'unknown' })
      }
    }
    clearInterval(ticks)
    expect(highest - before).toBeLessThan(256 << 20)
    expect(longestMs).toBeLessThan(40)
  })
})
