import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { ManualClock } from '../../test/manual-clock.ts'
import { CredentialsError, OptionsError } from '../errors.ts'
import { type ClientCredentialsOptions, clientCredentials } from './client-credentials.ts'
import { RenewedToken } from './renewed-token.ts'

const CLIENT = { clientId: 'reports app', clientSecret: 's3cret:&=+%ü' }
const GOOD = { access_token: 'a-token', token_type: 'Bearer', expires_in: 3600 }

let server: Server | undefined

afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  if (server?.listening) await once(server, 'close')
  server = undefined
})

interface Asked {
  readonly authorization: string | undefined
  readonly form: Record<string, string>
}

/** A token endpoint with a given answer, which records its requests. */
async function endpoint(
  answer: (response: ServerResponse, turn: number) => void,
): Promise<{ tokenUrl: string; asked: Asked[] }> {
  const asked: Asked[] = []
  server = createServer(async (request: IncomingMessage, response) => {
    const body = (await request.setEncoding('utf8').toArray()).join('')
    asked.push({
      authorization: request.headers.authorization,
      form: Object.fromEntries(new URLSearchParams(body)),
    })
    answer(response, asked.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, asked }
}

const json =
  (value: unknown, status = 200) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }

function cutOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 9 })
  response.write('{', () => response.destroy())
}

describe('asking for a token', () => {
  test('the client authenticates in a header, with any characters in its id and secret', async () => {
    const { tokenUrl, asked } = await endpoint(json(GOOD))
    expect(await clientCredentials({ tokenUrl, ...CLIENT, scope: 'sql read' })({})).toBe('a-token')
    expect(asked).toEqual([
      {
        authorization: `Basic ${btoa('reports+app:s3cret%3A%26%3D%2B%25%C3%BC')}`,
        form: { grant_type: 'client_credentials', scope: 'sql read' },
      },
    ])
  })

  test('or in the form, with additional fields', async () => {
    const { tokenUrl, asked } = await endpoint(json(GOOD))
    const parameters = { audience: 'https://engine.example', grant_type: 'password' }
    await clientCredentials({ tokenUrl: new URL(tokenUrl), ...CLIENT, authMethod: 'post', parameters })({})
    expect(asked).toEqual([
      {
        authorization: undefined,
        form: {
          ...{ grant_type: 'client_credentials', audience: 'https://engine.example' },
          ...{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret },
        },
      },
    ])
  })

  test('a token is requested once for concurrent and later callers', async () => {
    const { tokenUrl, asked } = await endpoint(json({ ...GOOD, expires_in: '3600' }))
    const accessToken = clientCredentials({ tokenUrl, ...CLIENT })
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => accessToken({}))))).toEqual(new Set(['a-token']))
    expect(accessToken({})).toBe('a-token')
    expect(asked).toHaveLength(1)
  })

  test('a refused token is requested again, once for all its callers', async () => {
    const { tokenUrl, asked } = await endpoint((response, turn) =>
      json({ ...GOOD, access_token: `token-${turn}` })(response),
    )
    const accessToken = clientCredentials({ tokenUrl, ...CLIENT })
    expect(await accessToken({})).toBe('token-1')
    const refused = { refused: 'token-1' }
    expect(await Promise.all([accessToken(refused), accessToken(refused)])).toEqual(['token-2', 'token-2'])
    expect(await accessToken(refused)).toBe('token-2')
    expect(asked).toHaveLength(2)
  })

  test.each<[string, (response: ServerResponse) => void, RegExp, boolean]>([
    ['a refusal', json({ error: 'invalid_client' }, 401), /HTTP status 401 and invalid_client$/, false],
    ['words of its own', json({ error: CLIENT.clientSecret }, 400), /HTTP status 400$/, false],
    ['a failure', json({}, 500), /HTTP status 500$/, true],
    ['too many requests', json({}, 429), /HTTP status 429$/, true],
    ['no JSON', (response) => response.end('s3cret'), /returned no access_token$/, false],
    ['JSON of another shape', json(null), /returned no access_token$/, false],
    ['a token no header can carry', json({ ...GOOD, access_token: 'a\nb' }), /returned no access_token$/, false],
    ['another type of token', json({ ...GOOD, token_type: 'mac' }), /not of type Bearer$/, false],
    ['no end', json({ ...GOOD, expires_in: undefined }), /no valid expires_in$/, false],
    ['an end that has passed', json({ ...GOOD, expires_in: 0 }), /no valid expires_in$/, false],
    ['more than any answer', (response) => response.end('x'.repeat(70_000)), /more than 65536 bytes$/, false],
    ['nothing', (response) => response.destroy(), /could not be reached or closed the connection$/, true],
    ['half of it', (response) => cutOff(response), /closed the connection$/, true],
  ])(
    'an endpoint that answers with %s is a CredentialsError without a secret',
    async (_, answer, message, retryable) => {
      const { tokenUrl } = await endpoint(answer)
      const error = await failureOf(Promise.resolve(clientCredentials({ tokenUrl, ...CLIENT })({})))
      expect(error).toBeInstanceOf(CredentialsError)
      expect(error).toMatchObject({ outcome: 'not-sent', retryable })
      expect((error as Error).message).toMatch(message)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('s3cret')
    },
  )

  test('a request to an endpoint that never answers times out', async () => {
    const { tokenUrl } = await endpoint(() => undefined)
    const error = await failureOf(Promise.resolve(clientCredentials({ tokenUrl, ...CLIENT, timeoutMs: 30 })({})))
    expect(error).toMatchObject({ code: 'E6_CREDENTIALS', retryable: true, cause: { name: 'TimeoutError' } })
  })

  test('a redirect is not followed: the secret goes only to its endpoint', async () => {
    const { tokenUrl, asked } = await endpoint((response) => response.writeHead(307, { location: '/elsewhere' }).end())
    expect(await failureOf(Promise.resolve(clientCredentials({ tokenUrl, ...CLIENT })({})))).toMatchObject({
      message: expect.stringMatching(/HTTP status 307$/),
    })
    expect(asked).toHaveLength(1)
  })

  test('after a failure the next call requests a token again', async () => {
    const { tokenUrl } = await endpoint((response, turn) => (turn === 1 ? json({}, 503) : json(GOOD))(response))
    const accessToken = clientCredentials({ tokenUrl, ...CLIENT })
    await failureOf(Promise.resolve(accessToken({})))
    expect(await accessToken({})).toBe('a-token')
  })
})

describe('its options', () => {
  const FINE = { tokenUrl: 'https://login.example/token', ...CLIENT }

  test.each<Partial<ClientCredentialsOptions>>([
    { tokenUrl: 'http://login.example/token' },
    { tokenUrl: 'https://user:secret@login.example/token' },
    { tokenUrl: 'https://login.example/token#part' },
    { tokenUrl: 'ftp://127.0.0.1/token' },
    { tokenUrl: 'login.example' },
    { clientId: '' },
    { clientSecret: undefined as unknown as string },
    { scope: '' },
    { authMethod: 'jwt' as 'post' },
    { timeoutMs: 0 },
    { renewBeforeMs: Number.NaN },
  ])('%j is refused', (wrong) => {
    expect(() => clientCredentials({ ...FINE, ...wrong })).toThrow(OptionsError)
    expect(() => clientCredentials({ ...FINE, ...wrong })).not.toThrow('s3cret')
  })

  test('all faults are listed at once', () => {
    const nothing = {} as unknown as ClientCredentialsOptions
    expect(() => clientCredentials(nothing)).toThrow(/tokenUrl.*clientId.*clientSecret/s)
  })

  test.each(['http://localhost:1/t', 'http://127.0.0.1:1/t', 'http://[::1]:1/t', 'https://login.example/t?tenant=a'])(
    '%s is taken as the endpoint',
    (tokenUrl) => {
      expect(clientCredentials({ ...FINE, tokenUrl })).toBeTypeOf('function')
    },
  )
})

describe('a token with an end', () => {
  /** Tokens with a lifetime of 100 s, renewed 10 s before their expiry, when `next` is called. */
  function held() {
    const clock = new ManualClock()
    const fetches: PromiseWithResolversLike[] = []
    const fetchToken = () =>
      new Promise<string>((resolve, reject) => fetches.push({ resolve, reject })).then((token) => ({
        token,
        lifetimeMs: 100_000,
      }))
    return { clock, fetches, renewed: new RenewedToken(fetchToken, 10_000, () => clock.now()) }
  }

  interface PromiseWithResolversLike {
    resolve(token: string): void
    reject(error: Error): void
  }

  test('is kept until shortly before expiry, then renewed while it is still valid', async () => {
    const { clock, fetches, renewed } = held()
    const first = renewed.get({})
    fetches[0]?.resolve('one')
    expect(await first).toBe('one')
    clock.advance(89_999)
    expect(renewed.get({})).toBe('one')
    expect(fetches).toHaveLength(1)
    clock.advance(1)
    expect([renewed.get({}), renewed.get({})]).toEqual(['one', 'one'])
    expect(fetches).toHaveLength(2)
    fetches[1]?.resolve('two')
    await Promise.resolve(renewed.get({ refused: 'one' }))
    expect(renewed.get({})).toBe('two')
  })

  test('is used until its expiry when renewal fails, and not after it', async () => {
    const { clock, fetches, renewed } = held()
    const first = renewed.get({})
    fetches[0]?.resolve('one')
    await first
    clock.advance(95_000)
    expect(renewed.get({})).toBe('one')
    fetches[1]?.reject(new Error('down'))
    await new Promise(setImmediate)
    clock.advance(4999)
    expect(renewed.get({})).toBe('one')
    fetches[2]?.reject(new Error('down'))
    await new Promise(setImmediate)
    clock.advance(1)
    const late = renewed.get({})
    fetches[3]?.reject(new Error('still down'))
    await expect(late).rejects.toThrow('still down')
  })

  test('counts its lifetime from before the request', async () => {
    const { clock, fetches, renewed } = held()
    const first = renewed.get({})
    clock.advance(99_999)
    fetches[0]?.resolve('one')
    expect(await first).toBe('one')
    clock.advance(1)
    expect(renewed.get({})).toBeInstanceOf(Promise)
  })
})

describe('together with a cluster', () => {
  const local = localTest({ accessTokens: { ada: ['a-token', 'token-2'] } })

  test('a program whose token is revoked continues with the next one', async () => {
    const { tokenUrl } = await endpoint((response, turn) =>
      json({ ...GOOD, access_token: turn === 1 ? 'a-token' : 'token-2' })(response),
    )
    const connection = await local.connection({ accessToken: clientCredentials({ tokenUrl, ...CLIENT }) })
    await using cursor = connection.cursor()
    await cursor.execute('SELECT order_id FROM orders')
    await local.cluster.setAccessTokens({ ada: 'token-2' })
    expect(await cursor.fetchAll()).toHaveLength(1000)
    expect(local.calls('authenticate')).toEqual([])
  })

  test('an endpoint that fails is reported as the cause', async () => {
    const { tokenUrl } = await endpoint(json({ error: 'invalid_client' }, 401))
    const accessToken = clientCredentials({ tokenUrl, ...CLIENT })
    const error = await failureOf(local.connection({ accessToken }))
    expect(error).toBeInstanceOf(CredentialsError)
    expect(error).toMatchObject({ cause: { message: expect.stringMatching(/invalid_client$/) } })
  })
})
