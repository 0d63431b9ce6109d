import type { ServerHttp2Stream } from 'node:http2'
import { describe, expect, it } from 'vitest'
import { answer, framed, PLACES, ScriptedServer, until, wireCall } from '../../test/scripted-server.ts'
import type { WireAnswer } from './unary-channel.ts'

const CODES = Array.from({ length: 14 }, (_, code) => code)
const REFUSED_STREAM = 7

const UNKNOWN = { kind: 'lost', cause: 'connection-lost', processed: 'unknown' }
const NOT_PROCESSED = { kind: 'lost', cause: 'stream-refused', processed: 'no' }

/** The stages of an answer at which a failure happens. */
const STAGES: Record<string, (stream: ServerHttp2Stream) => void> = {
  'before any answer': () => undefined,
  'after the headers': (stream) => stream.respond({ ':status': 200, 'content-type': 'application/grpc' }),
  'after half of the message': (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    stream.write(framed(Buffer.from('a message')).subarray(0, 9))
  },
}

/** Sends all writes and waits until the client has read them, with a ping. */
const delivered = (stream: ServerHttp2Stream) => new Promise<void>((resolve) => stream.session?.ping(() => resolve()))

describe.each(PLACES)('from $place', ({ channelTo }) => {
  async function fateOf(script: (stream: ServerHttp2Stream) => void): Promise<WireAnswer> {
    await using server = await new ScriptedServer().listen()
    using channel = channelTo(server.port)
    // The first stream of a connection has no lower one that a GOAWAY could name.
    await channel.send(wireCall()).answer
    server.script = script
    return await channel.send(wireCall()).answer
  }

  describe.each(Object.entries(STAGES))('a stream that is reset %s', (stage, begin) => {
    it.each(CODES)('with code %i', async (code) => {
      const fate = await fateOf(async (stream) => {
        begin(stream)
        await delivered(stream)
        stream.close(code)
      })
      const isProof = stage === 'before any answer' && code === REFUSED_STREAM
      expect(fate).toMatchObject(isProof ? NOT_PROCESSED : UNKNOWN)
    })
  })

  describe.each(CODES)('a GOAWAY with code %i', (code) => {
    it('and a last stream id below proves that a stream was not processed', async () => {
      const fate = await fateOf(async (stream) => {
        await delivered(stream)
        stream.session?.goaway(code, stream.id! - 2)
      })
      expect(fate).toMatchObject(NOT_PROCESSED)
    })

    it.each(['after the headers', 'after half of the message'])(
      'and a last stream id below proves nothing %s',
      async (stage) => {
        const fate = await fateOf(async (stream) => {
          STAGES[stage]!(stream)
          await delivered(stream)
          stream.session?.goaway(code, stream.id! - 2)
        })
        expect(fate).toMatchObject(UNKNOWN)
      },
    )

    it(
      code === 0 ? 'lets a stream up to its last id finish' : 'leaves the fate of a stream up to its last id unknown',
      async () => {
        const fate = await fateOf(async (stream) => {
          await delivered(stream)
          stream.session?.goaway(code, stream.id)
          if (code === 0) answer(stream)
        })
        expect(fate).toMatchObject(code === 0 ? { kind: 'message' } : UNKNOWN)
      },
    )
  })

  describe('a GOAWAY that is sent twice', () => {
    it('counts by its lowest last stream id', async () => {
      const fate = await fateOf(async (stream) => {
        await delivered(stream)
        stream.session?.goaway(0, 2 ** 31 - 1)
        stream.session?.goaway(0, stream.id! - 2)
      })
      expect(fate).toMatchObject(NOT_PROCESSED)
    })
  })

  describe('a connection that is lost', () => {
    it.each(Object.entries(STAGES))('%s leaves the fate of its calls unknown', async (_, begin) => {
      const fate = await fateOf(async (stream) => {
        begin(stream)
        await delivered(stream)
        stream.session?.destroy()
      })
      expect(fate).toMatchObject(UNKNOWN)
    })
  })

  describe('a graceful GOAWAY', () => {
    it('lets running calls finish, sends new ones over a new connection, and closes the old one', async () => {
      await using server = await new ScriptedServer().listen()
      let held: ServerHttp2Stream | undefined
      server.script = (stream) => {
        held = stream
      }
      using channel = channelTo(server.port)
      const [running] = [channel.send(wireCall()).answer]
      await until(() => held !== undefined)
      const first = held!
      server.script = (stream) => answer(stream)
      first.session?.goaway(0, first.id)
      await delivered(first)
      expect(await channel.send(wireCall()).answer).toMatchObject({ kind: 'message' })
      answer(first)
      expect(await running).toMatchObject({ kind: 'message' })
      await until(() => server.sockets.size === 1)
      expect(server.sessions).toHaveLength(2)
    })

    it('at every fiftieth request loses none of a thousand', async () => {
      await using server = await new ScriptedServer().listen()
      const seen = new Map<unknown, number>()
      server.script = (stream) => {
        const count = (seen.get(stream.session) ?? 0) + 1
        seen.set(stream.session, count)
        if (count === 50) stream.session?.goaway(0, stream.id)
        // Streams after the last id are not processed, as the protocol requires.
        if (count <= 50) answer(stream)
      }
      using channel = channelTo(server.port)
      const counts = { message: 0, refused: 0 }
      const worker = async () => {
        while (counts.message < 1000) {
          const fate = await channel.send(wireCall()).answer
          if (fate.kind === 'message') counts.message += 1
          else {
            expect(fate).toMatchObject(NOT_PROCESSED)
            counts.refused += 1
          }
        }
      }
      await Promise.all(Array.from({ length: 16 }, worker))
      expect(counts.message).toBeGreaterThanOrEqual(1000)
      expect(server.sessions.length).toBeGreaterThanOrEqual(20)
    })
  })
})
