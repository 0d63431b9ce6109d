import type { Fault, FaultEffect, FaultKind } from '../faults/fault.ts'
import { GRPC_STATUS, type GrpcStatusName } from '../grpc/rpc-error.ts'
import { AdminError } from './admin-error.ts'

type Fields = Readonly<Record<string, unknown>>
type Kind = readonly [wanted: string, fits: (value: unknown) => boolean]

const TEXT: Kind = ['a string', (value) => typeof value === 'string']
const COUNT: Kind = ['a whole number from 1', (value) => Number.isSafeInteger(value) && (value as number) >= 1]
const OFFSET: Kind = ['a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0]
const MOMENT: Kind = ["'before' or 'after'", (value) => value === 'before' || value === 'after']
const TEXTS: Kind = [
  'an object of strings',
  (value) => isRecord(value) && Object.values(value).every((text) => typeof text === 'string'),
]
const CHANGES: Kind = [
  'an object of strings and nulls',
  (value) => isRecord(value) && Object.values(value).every((text) => text === null || typeof text === 'string'),
]

/** The fields of each effect; those with `!` are required. Bytes are base64. */
const EFFECT_FIELDS: Readonly<Record<FaultKind, Readonly<Record<string, Kind>>>> = {
  delay: { 'ms!': OFFSET, moment: MOMENT },
  hold: { moment: MOMENT },
  reset: {
    moment: MOMENT,
    what: ["'stream' or 'connection'", (value) => value === 'stream' || value === 'connection'],
    code: OFFSET,
  },
  'http-status': {
    'status!': [
      'an HTTP status from 200 to 599',
      (value) => COUNT[1](value) && (value as number) >= 200 && (value as number) <= 599,
    ],
    moment: MOMENT,
    headers: TEXTS,
    body: TEXT,
  },
  'grpc-status': {
    'status!': [`one of ${Object.keys(GRPC_STATUS).join(', ')}`, (value) => isGrpcStatus(value)],
    'message!': TEXT,
    moment: MOMENT,
  },
  goaway: { code: OFFSET },
  'new-strategy': { value: TEXT },
  'session-id': { 'value!': TEXT },
  'empty-batch': {},
  truncate: { 'bytes!': OFFSET },
  corrupt: { 'offset!': OFFSET, bytes: COUNT },
  payload: { 'bytes!': TEXT },
  'response-headers': { 'headers!': CHANGES },
  'response-trailers': { 'trailers!': CHANGES },
}

const MATCH_FIELDS: Readonly<Record<string, Kind>> = {
  method: [
    'a string or a list of strings',
    (value) => TEXT[1](value) || (Array.isArray(value) && value.every(TEXT[1])),
  ],
  service: TEXT,
  strategy: TEXT,
  queryId: TEXT,
  query: COUNT,
  sessionId: TEXT,
  occurrence: ["a whole number from 1, or 'every'", (value) => value === 'every' || COUNT[1](value)],
  times: COUNT,
  countPer: ["'cluster' or 'query'", (value) => value === 'cluster' || value === 'query'],
  'fault!': ['an object with a kind', (value) => isRecord(value) && typeof value.kind === 'string'],
}

/** Reads a fault from a JSON request. @throws AdminError with the reason. */
export function readFault(body: unknown): Fault {
  if (!isRecord(body)) throw new AdminError(400, 'bad_fault', 'a fault must be an object')
  checkFields('the fault', body, MATCH_FIELDS)
  const effect = body.fault as Fields
  const kind = String(effect.kind)
  if (!Object.hasOwn(EFFECT_FIELDS, kind)) {
    throw new AdminError(400, 'bad_fault', `fault.kind must be one of ${Object.keys(EFFECT_FIELDS).join(', ')}`)
  }
  const { kind: _, ...fields } = effect
  checkFields(`the fault ${kind}`, fields, EFFECT_FIELDS[kind as FaultKind])
  const bytes = kind === 'payload' ? { bytes: new Uint8Array(Buffer.from(String(effect.bytes), 'base64')) } : {}
  return { ...(body as Omit<Fault, 'fault'>), fault: { ...effect, ...bytes } as FaultEffect }
}

function checkFields(what: string, fields: Fields, kinds: Readonly<Record<string, Kind>>): void {
  for (const [name, value] of Object.entries(fields)) {
    const kind = kinds[name] ?? kinds[`${name}!`]
    if (kind === undefined) throw new AdminError(400, 'bad_fault', `${what} has no field ${name}`)
    if (!kind[1](value)) throw new AdminError(400, 'bad_fault', `${name} of ${what} must be ${kind[0]}`)
  }
  for (const name of Object.keys(kinds)) {
    if (name.endsWith('!') && fields[name.slice(0, -1)] === undefined) {
      throw new AdminError(400, 'bad_fault', `${what} needs ${name.slice(0, -1)}`)
    }
  }
}

function isGrpcStatus(value: unknown): value is GrpcStatusName {
  return typeof value === 'string' && Object.hasOwn(GRPC_STATUS, value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
