import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { readStatus } from './status-rules.ts'

describe('a strategy mismatch is recognised in every wording', () => {
  it.each([
    [status.UNKNOWN, 'Received HTTP status code 456', 'proxy'],
    [status.UNKNOWN, 'Received http2 header with status: 456', 'proxy'],
    [status.UNKNOWN, 'unexpected HTTP status code received from server: 456 (Unknown)', 'proxy'],
    [status.INVALID_ARGUMENT, 'Wrong strategy. Status: 456. Expected: blue, Got: green', 'engine'],
    [status.UNKNOWN, 'status: 456', 'engine'], // said so to calls with an access token
    [status.INTERNAL, 'Rejected; HTTP status 456', 'engine'],
  ] as const)('%s %s', (code, details, from) => {
    expect(readStatus(code, details)).toMatchObject({ kind: 'strategy mismatch', from })
  })

  it('and only a refusal by the proxy is known to have reached no engine', () => {
    expect(readStatus(status.UNKNOWN, 'Received HTTP status code 456').outcome).toBe('not-sent')
    expect(readStatus(status.INVALID_ARGUMENT, 'Wrong strategy. Status: 456.').outcome).toBe('unknown')
  })
})

describe('an SQL error that holds the digits 456 is no mismatch', () => {
  it.each([
    'Binder Error: column "c456" not found',
    'Conversion Error: could not convert string "status: 456" to INT32',
    "Parser Error: syntax error at or near 'Status: 456.'",
    'Invalid Input Error: status: 456',
    'query 456 failed after 456 rows',
    'Parser Error: LINE 1: SELECT status: 456',
  ])('%s', (details) => {
    expect(readStatus(status.INVALID_ARGUMENT, details).kind).toBe('engine error')
  })
})

describe('other answers', () => {
  it.each([
    [status.UNAVAILABLE, 'Received HTTP status code 503', 'cluster suspended', 'not-sent'],
    [status.UNAVAILABLE, 'The cluster sleeps. Status: 503', 'cluster suspended', 'not-sent'],
    [status.UNAVAILABLE, 'status: 503, cluster is suspended', 'cluster suspended', 'not-sent'],
    [status.UNAVAILABLE, 'Received HTTP status code 502', 'proxy error', 'unknown'],
    [status.UNAUTHENTICATED, 'Received HTTP status code 401', 'credentials refused', 'not-sent'],
    [status.UNAUTHENTICATED, 'no', 'credentials refused', 'not-sent'],
    [status.INTERNAL, 'Access denied', 'session unknown', 'not-sent'],
    [status.INTERNAL, "no function 'Access denied'", 'engine error', 'failed'],
    [status.UNAVAILABLE, 'Stream refused by server', 'stream refused', 'not-sent'],
    [status.UNAVAILABLE, 'No connection established. Last error: connect ECONNREFUSED', 'not connected', 'not-sent'],
    [status.UNAVAILABLE, 'Name resolution failed for target dns:nowhere', 'not connected', 'not-sent'],
    [status.UNAVAILABLE, 'Connection dropped', 'connection lost', 'unknown'],
    [status.CANCELLED, 'Call cancelled', 'connection lost', 'unknown'],
    [status.RESOURCE_EXHAUSTED, 'Attempted to send message with a size larger than 9', 'message too large', 'not-sent'],
    [status.RESOURCE_EXHAUSTED, 'Received message larger than max (9 vs 4)', 'message too large', 'unknown'],
    [status.RESOURCE_EXHAUSTED, 'gRPC message exceeds maximum size 4: 9', 'message too large', 'unknown'],
    [status.RESOURCE_EXHAUSTED, 'slow down', 'rate limited', 'failed'],
    [status.UNIMPLEMENTED, 'no such method', 'not supported', 'failed'],
    [status.INVALID_ARGUMENT, 'Catalog Error: no table nothing', 'engine error', 'failed'],
  ] as const)('%s %s means %s', (code, details, kind, outcome) => {
    expect(readStatus(code, details)).toMatchObject({ kind, outcome })
  })

  it('an error text of any length is read in no time worth mentioning', () => {
    expect(readStatus(status.UNKNOWN, `${"'".repeat(1 << 20)} status: 456`).kind).toBe('engine error')
  })
})
