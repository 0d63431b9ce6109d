import { decodeFields, encodeFields, type Fields } from './wire-fields.ts'

/** The unary methods of `grpc.testing.TestService`, and one that answers late. */
export const METHOD = {
  empty: '/grpc.testing.TestService/EmptyCall',
  unary: '/grpc.testing.TestService/UnaryCall',
  /** It streams; asked for one answer, it looks like a unary method that takes its time. */
  delayed: '/grpc.testing.TestService/StreamingOutputCall',
  unimplemented: '/grpc.testing.TestService/UnimplementedCall',
  unknownService: '/grpc.testing.UnimplementedService/UnimplementedCall',
} as const

/** Metadata that the servers send back, in their headers and in their trailers. */
export const ECHO_HEADER = 'x-grpc-test-echo-initial'

export interface SimpleRequest {
  responseSize?: number
  payload?: Uint8Array
  responseCompressed?: boolean
  status?: { code: number; message: string }
}

const RESPONSE_SIZE = 2
const PAYLOAD = 3
const PAYLOAD_BODY = 2
const RESPONSE_COMPRESSED = 6
const RESPONSE_STATUS = 7
const RESPONSE_PAYLOAD = 1
const PARAMETERS = 2

export function encodeSimpleRequest({ responseSize, payload, responseCompressed, status }: SimpleRequest): Buffer {
  const fields: Fields = [
    ...(responseSize === undefined ? [] : [[RESPONSE_SIZE, responseSize] as const]),
    ...(payload === undefined ? [] : [[PAYLOAD, encodeFields([[PAYLOAD_BODY, payload]])] as const]),
    ...(responseCompressed === undefined
      ? []
      : [[RESPONSE_COMPRESSED, encodeFields([[1, Number(responseCompressed)]])] as const]),
    ...(status === undefined
      ? []
      : [
          [
            RESPONSE_STATUS,
            encodeFields([
              [1, status.code],
              [2, status.message],
            ]),
          ] as const,
        ]),
  ]
  return encodeFields(fields)
}

export function decodeSimpleRequest(bytes: Uint8Array): SimpleRequest {
  const fields = decodeFields(bytes)
  const within = (number: number) => {
    const value = fields.get(number)
    return Buffer.isBuffer(value) ? decodeFields(value) : undefined
  }
  const status = within(RESPONSE_STATUS)
  const payload = within(PAYLOAD)?.get(PAYLOAD_BODY)
  return {
    responseSize: Number(fields.get(RESPONSE_SIZE) ?? 0),
    responseCompressed: within(RESPONSE_COMPRESSED)?.get(1) === 1,
    ...(Buffer.isBuffer(payload) ? { payload } : {}),
    ...(status === undefined ? {} : { status: { code: Number(status.get(1)), message: String(status.get(2) ?? '') } }),
  }
}

export function encodeSimpleResponse(body: Uint8Array): Buffer {
  return encodeFields([[RESPONSE_PAYLOAD, encodeFields([[PAYLOAD_BODY, body]])]])
}

/** The body of the payload. */
export function decodeSimpleResponse(bytes: Uint8Array): Buffer {
  const payload = decodeFields(bytes).get(RESPONSE_PAYLOAD)
  const body = Buffer.isBuffer(payload) ? decodeFields(payload).get(PAYLOAD_BODY) : undefined
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

/** Asks for one answer of one byte after a time. */
export function encodeDelayedRequest(delayMs: number): Buffer {
  return encodeFields([
    [
      PARAMETERS,
      encodeFields([
        [1, 1],
        [2, delayMs * 1000],
      ]),
    ],
  ])
}

/** The time after which an answer is asked for, in milliseconds. */
export function decodeDelayedRequest(bytes: Uint8Array): number {
  const parameters = decodeFields(bytes).get(PARAMETERS)
  return Buffer.isBuffer(parameters) ? Number(decodeFields(parameters).get(2) ?? 0) / 1000 : 0
}
