import { describe, expect, it } from 'vitest'
import { failureOf } from '../../test/local.ts'
import { answer, channelOptions, ScriptedServer } from '../../test/scripted-server.ts'
import { systemClock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import { BearerTransport } from './bearer-transport.ts'
import { CallTransport } from './call-transport.ts'
import { openChannel } from './channel.ts'
import { CallFailure } from './transport.ts'

const METHODS = engineMethods
const RUN_ONCE = ['executeStatement', 'executeStatementV2', 'getNextResultBatch'] as const
const REPEATED = ['prepareStatement', 'getResultMetadata', 'status', 'clearOrCancelQuery', 'getTables'] as const

type Method = (typeof RUN_ONCE | typeof REPEATED)[number]

/**
 * Sends a call with an old token to a cluster that accepts only a new one. Returns the tokens it received, and the
 * failure.
 */
async function tokensSeen(method: Method, refusal: 'engine' | 401 | 403): Promise<[string[], unknown]> {
  await using server = await new ScriptedServer().listen()
  const seen: string[] = []
  server.script = (stream, { authorization = '' }) => {
    seen.push(authorization)
    if (authorization === 'Bearer new') answer(stream, { body: Buffer.alloc(5) })
    else if (refusal === 'engine') answer(stream, { body: Buffer.alloc(0), trailers: { 'grpc-status': '16' } })
    else stream.respond({ ':status': refusal }, { endStream: true })
  }
  const inner = new CallTransport(openChannel(channelOptions(server.port)))
  const transport = new BearerTransport(
    inner,
    () =>
      ({ refused }) =>
        refused === undefined ? 'old' : 'new',
  )
  const deadline = Deadline.of(systemClock, {}, 20_000, 'the call')
  const call = transport.call(METHODS[method] as unknown as UnaryMethod<object, object>, {}, { header: [], deadline })
  const failure = await call.then(
    () => undefined,
    () => failureOf(call),
  )
  transport.close()
  return [seen, failure]
}

describe('a token that the engine refuses', () => {
  it.each([...RUN_ONCE, ...REPEATED])(
    'is replaced once, and %s repeated: the engine has not acted on it',
    async (method) => {
      expect(await tokensSeen(method, 'engine')).toEqual([['Bearer old', 'Bearer new'], undefined])
    },
  )
})

describe.each([401, 403] as const)('a bare %i of a proxy', (httpStatus) => {
  it.each(REPEATED)('has the token replaced once, and %s repeated', async (method) => {
    expect(await tokensSeen(method, httpStatus)).toEqual([['Bearer old', 'Bearer new'], undefined])
  })

  it.each(RUN_ONCE)('does not have %s repeated: a gateway may have passed it on', async (method) => {
    const [seen, failure] = await tokensSeen(method, httpStatus)
    expect(seen).toEqual(['Bearer old'])
    expect(failure).toBeInstanceOf(CallFailure)
    expect((failure as CallFailure).fault).toMatchObject({ kind: 'credentials-refused', outcome: 'unknown' })
  })
})
