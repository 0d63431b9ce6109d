import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GRPC_STATUS, type GrpcStatus } from './grpc-status.ts'
import { readFault } from './status-rules.ts'

const status = (code: GrpcStatus, message: string) => readFault({ kind: 'status', code, message })
const bare = (httpStatus: number) => readFault({ kind: 'bare', httpStatus })

describe('a strategy mismatch', () => {
  it('is a bare 456 of the proxy, the only response that proves that nothing was executed', () => {
    expect(bare(456)).toMatchObject({ kind: 'strategy-mismatch', from: 'proxy', outcome: 'not-sent' })
  })

  it.each([
    [GRPC_STATUS.INVALID_ARGUMENT, 'Wrong strategy. Status: 456. Expected: blue, Got: green'],
    [GRPC_STATUS.UNKNOWN, 'status: 456'],
    [GRPC_STATUS.INTERNAL, 'Rejected; HTTP status 456'],
  ])("is an engine's message with code %i: %s, which proves nothing", (code, message) => {
    expect(status(code, message)).toMatchObject({ kind: 'strategy-mismatch', from: 'engine', outcome: 'unknown' })
  })

  it.each([
    'Binder Error: column "c456" not found',
    'Conversion Error: could not convert string "status: 456" to INT32',
    "Parser Error: syntax error at or near 'Status: 456.'",
    'Invalid Input Error: status: 456',
    'query 456 failed after 456 rows',
    'Parser Error: LINE 1: SELECT status: 456',
    'Received HTTP status code 456',
    'Received http2 header with status: 456',
  ])('is not an engine error that contains the number: %s', (message) => {
    expect(status(GRPC_STATUS.INVALID_ARGUMENT, message).kind).toBe('engine-error')
  })
})

describe('a bare status of the proxy', () => {
  it.each([
    [503, 'cluster-suspended'],
    [401, 'credentials-refused'],
    [403, 'credentials-refused'],
    [429, 'rate-limited'],
    [200, 'proxy-error'],
    [404, 'proxy-error'],
    [502, 'proxy-error'],
    [504, 'proxy-error'],
  ])('%i means %s, and may come from a gateway that had passed the request on', (http, kind) => {
    expect(bare(http)).toMatchObject({ kind, from: 'proxy', outcome: 'unknown' })
  })
})

describe('a status of the engine', () => {
  it.each(['Access denied', 'Access denied.', 'ACCESS DENIED'])(
    'INTERNAL with %j alone is a lost session',
    (message) => {
      expect(status(GRPC_STATUS.INTERNAL, message)).toMatchObject({ kind: 'session-unknown', outcome: 'unknown' })
    },
  )

  it.each([
    ['commit failed: Access Denied (Service: Amazon S3)', 'permission-denied'],
    ['Access Denied: Cannot select from table secret', 'permission-denied'],
    ["no function 'Access denied'", 'engine-error'],
  ])('INTERNAL with a longer sentence is an error of the statement: %s', (message, kind) => {
    expect(status(GRPC_STATUS.INTERNAL, message)).toMatchObject({ kind, outcome: 'unknown' })
  })

  it.each([
    ['INVALID_ARGUMENT', 'engine-error', 'failed'],
    ['NOT_FOUND', 'engine-error', 'failed'],
    ['ALREADY_EXISTS', 'engine-error', 'failed'],
    ['PERMISSION_DENIED', 'engine-error', 'failed'],
    ['FAILED_PRECONDITION', 'engine-error', 'failed'],
    ['OUT_OF_RANGE', 'engine-error', 'failed'],
    ['UNIMPLEMENTED', 'not-supported', 'failed'],
    ['UNAUTHENTICATED', 'credentials-refused', 'failed'],
    ['RESOURCE_EXHAUSTED', 'rate-limited', 'unknown'],
    ['CANCELLED', 'engine-error', 'unknown'],
    ['UNKNOWN', 'engine-error', 'unknown'],
    ['DEADLINE_EXCEEDED', 'engine-error', 'unknown'],
    ['ABORTED', 'engine-error', 'unknown'],
    ['INTERNAL', 'engine-error', 'unknown'],
    ['UNAVAILABLE', 'engine-error', 'unknown'],
    ['DATA_LOSS', 'engine-error', 'unknown'],
  ] as const)('%s means %s with outcome %s, with any message', (name, kind, outcome) => {
    const anyWords = fc.string().filter((message) => !/456|503|access denied/i.test(message))
    const soundsLikeTransport = fc.constantFrom(
      'connect ECONNREFUSED 10.0.3.7:9000',
      'Name resolution failed for target dns:executor',
      'Stream refused by server',
      'Connection dropped',
      'Received HTTP status code 503',
    )
    fc.assert(
      fc.property(fc.oneof(anyWords, soundsLikeTransport), (message) => {
        expect(status(GRPC_STATUS[name], message)).toMatchObject({ kind, outcome, from: 'engine' })
      }),
    )
  })

  it('with a message of any length is read in linear time', () => {
    expect(status(GRPC_STATUS.UNKNOWN, `${"'".repeat(1 << 20)} status: 456`).kind).toBe('engine-error')
  })
})

describe('a missing response', () => {
  it.each([
    ['not-connected', 'no', 'not-sent'],
    ['stream-refused', 'no', 'not-sent'],
    ['connection-lost', 'unknown', 'unknown'],
    ['message-too-large', 'no', 'not-sent'],
    ['message-too-large', 'unknown', 'unknown'],
  ] as const)('because of %s, processed %s: the outcome is %s', (cause, processed, outcome) => {
    const fault = readFault({ kind: 'lost', cause, processed, reason: 'Status: 456' })
    expect(fault).toMatchObject({ kind: cause, from: 'transport', outcome })
  })
})
