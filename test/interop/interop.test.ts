import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TcpBalancer } from '../proxies/tcp-balancer.ts'
import {
  decodeSimpleResponse,
  ECHO_HEADER,
  encodeDelayedRequest,
  encodeSimpleRequest,
  METHOD,
  type SimpleRequest,
} from './grpc-testing.ts'
import { type RunningServer, SERVER_KINDS, type ServerKind } from './servers/server-kinds.ts'
import { type Ending, UnaryClient } from './unary-client.ts'

/** Sizes that the interop specification names. */
const REQUEST_BYTES = 271_828
const RESPONSE_BYTES = 314_159
const UNIMPLEMENTED = 12
/** Zeros in these sizes shrink to a few hundred bytes. */
const COMPRESSED_BYTES = 10_000

for (const kind of SERVER_KINDS) {
  const missing = kind.missing()
  if (missing === undefined) describe(`a unary call to ${kind.name}`, () => cases(kind))
  else console.warn(`${kind.name} ${missing}. Its interop tests are left out`)
}

describe('a server that is not installed', () => {
  it('is reported with the way to install it', () => {
    const reports = SERVER_KINDS.map((kind) => kind.missing()).filter((report) => report !== undefined)
    for (const report of reports) expect(report).toContain('test/interop/install-servers')
    expect(SERVER_KINDS.length).toBeGreaterThan(reports.length)
  })
})

function cases(kind: ServerKind): void {
  let server: RunningServer
  let counter: TcpBalancer
  let client: UnaryClient
  let compressing: UnaryClient

  beforeAll(async () => {
    server = await kind.start()
    counter = await TcpBalancer.listen([server.port])
    client = new UnaryClient(counter.port)
    compressing = new UnaryClient(counter.port, { compression: 'gzip' })
  })

  afterAll(async () => {
    client.close()
    compressing.close()
    await counter[Symbol.asyncDispose]()
    await server.close()
  })

  const unary = (request: SimpleRequest, header: [string, string][] = [], by = client) =>
    by.call({ path: METHOD.unary, request: encodeSimpleRequest(request), header })

  it('without content returns an empty message (empty_unary)', async () => {
    expect(await client.call({ path: METHOD.empty })).toEqual({ kind: 'message', bytes: Buffer.alloc(0) })
  })

  it('carries a large message each way (large_unary)', async () => {
    const before = counter.bytes
    expectBody(await unary({ responseSize: RESPONSE_BYTES, payload: Buffer.alloc(REQUEST_BYTES) }), RESPONSE_BYTES)
    expect(counter.bytes.toTarget - before.toTarget).toBeGreaterThan(REQUEST_BYTES)
    expect(counter.bytes.toClient - before.toClient).toBeGreaterThan(RESPONSE_BYTES)
  })

  if (kind.gzip === 'none') {
    it('is refused by its status where the server does not know gzip (client_compressed_unary)', async () => {
      const refusal = { kind: 'status', code: UNIMPLEMENTED, message: expect.stringContaining('gzip') }
      expect(await unary({ responseSize: 1 }, [], compressing)).toEqual(refusal)
    })
  } else {
    it('sends its request compressed (client_compressed_unary)', async () => {
      const before = counter.bytes
      const request = { responseSize: RESPONSE_BYTES, payload: Buffer.alloc(REQUEST_BYTES) }
      expectBody(await unary(request, [], compressing), RESPONSE_BYTES)
      expect(counter.bytes.toTarget - before.toTarget).toBeLessThan(COMPRESSED_BYTES)
    })
  }

  if (kind.gzip === 'both') {
    it('reads an answer that is compressed (server_compressed_unary)', async () => {
      const before = counter.bytes
      expectBody(await unary({ responseSize: RESPONSE_BYTES, responseCompressed: true }), RESPONSE_BYTES)
      expect(counter.bytes.toClient - before.toClient).toBeLessThan(COMPRESSED_BYTES)
    })
  }

  it('carries metadata, and takes it in headers and trailers (custom_metadata)', async () => {
    const header: [string, string][] = [[ECHO_HEADER, 'test_initial_metadata_value']]
    expectBody(await unary({ responseSize: 10 }, header), 10)
    const status = { code: 2, message: 'with metadata' }
    expect(await unary({ status }, header)).toEqual({ kind: 'status', ...status })
  })

  it('reports status and message as the server sent them (status_code_and_message)', async () => {
    const status = { code: 2, message: 'test status message' }
    expect(await unary({ status })).toEqual({ kind: 'status', ...status })
  })

  it('reports a message in any alphabet, with its white space (special_status_message)', async () => {
    const status = { code: 2, message: '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n' }
    expect(await unary({ status })).toEqual({ kind: 'status', ...status })
  })

  it('reports each status that a server can send', async () => {
    const codes = [3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
    const endings = await Promise.all(codes.map((code) => unary({ status: { code, message: `code ${code}` } })))
    expect(endings).toEqual(codes.map((code) => ({ kind: 'status', code, message: `code ${code}` })))
  })

  it('to a method that is not there is refused (unimplemented_method)', async () => {
    expect(await client.call({ path: METHOD.unimplemented })).toMatchObject({ kind: 'status', code: UNIMPLEMENTED })
  })

  it('to a service that is not there is refused (unimplemented_service)', async () => {
    expect(await client.call({ path: METHOD.unknownService })).toMatchObject({ kind: 'status', code: UNIMPLEMENTED })
  })

  it('ends at its deadline while the server takes its time, and the next one is served (timeout)', async () => {
    const late = { path: METHOD.delayed, request: encodeDelayedRequest(20_000), timeoutMs: 100 }
    expect(await client.call(late)).toEqual({ kind: 'given up' })
    expectBody(await unary({ responseSize: 1 }), 1)
  })

  it('waits for an answer that comes within its deadline', async () => {
    const request = encodeDelayedRequest(200)
    expect(await client.call({ path: METHOD.delayed, request })).toMatchObject({ kind: 'message' })
  })

  it('ends when it is cancelled, and the next one is served (cancel)', async () => {
    const { ending, cancel } = client.begin({ path: METHOD.delayed, request: encodeDelayedRequest(20_000) })
    // Served after it on the same connection: the call to be cancelled has reached the server.
    expectBody(await unary({ responseSize: 1 }), 1)
    cancel()
    expect(await ending).toEqual({ kind: 'given up' })
    expectBody(await unary({ responseSize: 1 }), 1)
  })

  it('among three hundred at once gets its own answer', async () => {
    const sizes = Array.from({ length: 300 }, (_, n) => n * 37)
    const endings = await Promise.all(sizes.map((responseSize) => unary({ responseSize })))
    expect(endings.map((ending) => bodyOf(ending).length)).toEqual(sizes)
  })

  it('shares one connection with every other', () => {
    expect(counter.connections).toBe(2)
  })
}

function bodyOf(ending: Ending): Buffer {
  if (ending.kind !== 'message') throw new Error(`no message came: ${JSON.stringify(ending)}`)
  return decodeSimpleResponse(ending.bytes)
}

function expectBody(ending: Ending, bytes: number): void {
  expect(bodyOf(ending).equals(Buffer.alloc(bytes))).toBe(true)
}
