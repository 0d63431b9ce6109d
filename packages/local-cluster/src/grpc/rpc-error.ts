/** The gRPC status codes of this cluster, by their names in the specification. */
export const GRPC_STATUS = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const

/** A name of {@link GRPC_STATUS}. */
export type GrpcStatusName = keyof typeof GRPC_STATUS

/** A failure that is returned to the caller as a gRPC status with a message. */
export class RpcError extends Error {
  constructor(
    readonly status: GrpcStatusName,
    message: string,
    facts: { cause?: unknown } = {},
  ) {
    super(message, facts)
    this.name = 'RpcError'
  }
}

/** Maximum length of a message in a trailer; longer ones may exceed the header limits of clients. */
const LONGEST_STATUS_MESSAGE = 8192

/** Percent-encodes a status message as the gRPC specification requires: UTF-8, with printable ASCII unchanged. */
export function encodeStatusMessage(message: string): string {
  const bytes = Buffer.from(message.slice(0, LONGEST_STATUS_MESSAGE), 'utf8')
  let encoded = ''
  for (const byte of bytes) {
    const printable = byte >= 0x20 && byte <= 0x7e && byte !== 0x25
    encoded += printable ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

/** Decodes {@link encodeStatusMessage}; returns an invalid encoding unchanged. */
export function decodeStatusMessage(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (error) {
    if (error instanceof URIError) return encoded
    throw error
  }
}
