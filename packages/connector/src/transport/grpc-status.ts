/** The status codes of gRPC. */
export const GRPC_STATUS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

export type GrpcStatus = (typeof GRPC_STATUS)[keyof typeof GRPC_STATUS]

const NAMES = Object.keys(GRPC_STATUS) as (keyof typeof GRPC_STATUS)[]

/** The name of a status code, such as `UNAVAILABLE`. */
export function statusName(code: GrpcStatus): string {
  return NAMES[code] ?? `status ${code}`
}

/** Parses the `grpc-status` trailer; an unknown code counts as `UNKNOWN`, as gRPC prescribes. */
export function parseStatus(value: unknown): GrpcStatus {
  const isCode = typeof value === 'string' && /^\d{1,2}$/.test(value) && Number(value) < NAMES.length
  return isCode ? (Number(value) as GrpcStatus) : GRPC_STATUS.UNKNOWN
}

/** Parts of a `grpc-message` to decode: an encoded byte, or one that should have been encoded. */
const NOT_LITERAL = /[%\x80-\xff]/

/** Decodes the `grpc-message` trailer: percent-encoded UTF-8. Invalid sequences stay unchanged. */
export function decodeMessage(value: unknown): string {
  if (typeof value !== 'string') return ''
  if (!NOT_LITERAL.test(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] === 0x25 ? hexByte(value.slice(at + 1, at + 3)) : undefined
    bytes[length++] = code ?? bytes[at]!
    if (code !== undefined) at += 2
  }
  return bytes.toString('utf8', 0, length)
}

function hexByte(digits: string): number | undefined {
  return /^[0-9a-f]{2}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined
}
