import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf'
import { frameMessage, unframeMessage } from '../grpc/message-frames.ts'
import { singleHeader } from '../grpc/unary-server.ts'
import type { GatheredAnswer } from '../router/forward.ts'
import type { FaultEffect } from './fault.ts'

type Fields = Record<string, unknown>

/** The effects that need the engine's whole answer, and change it. */
const CHANGES: { readonly [Kind in FaultEffect['kind']]?: (effect: never, answer: OpenAnswer) => void } = {
  'new-strategy': ({ value }: Extract<FaultEffect, { kind: 'new-strategy' }>, { message }) => {
    if (value === undefined) delete message.newStrategy
    else message.newStrategy = value
  },
  'session-id': ({ value }: Extract<FaultEffect, { kind: 'session-id' }>, { message }) => {
    message.sessionId = value
  },
  truncate: ({ bytes }: Extract<FaultEffect, { kind: 'truncate' }>, { message }) =>
    changePayload(message, (payload) => payload.subarray(0, bytes)),
  corrupt: ({ offset, bytes = 1 }: Extract<FaultEffect, { kind: 'corrupt' }>, { message }) =>
    changePayload(message, (payload) =>
      payload.map((byte, index) => (index >= offset && index < offset + bytes ? byte ^ 0xff : byte)),
    ),
  payload: ({ bytes }: Extract<FaultEffect, { kind: 'payload' }>, { message }) => changePayload(message, () => bytes),
  'response-headers': ({ headers }: Extract<FaultEffect, { kind: 'response-headers' }>, answer) =>
    overwrite(answer.headers, headers),
  'response-trailers': ({ trailers }: Extract<FaultEffect, { kind: 'response-trailers' }>, answer) =>
    overwrite(answer.trailers, trailers),
}

interface OpenAnswer {
  headers: OutgoingHttpHeaders
  trailers: OutgoingHttpHeaders
  message: Fields
}

/** Whether an effect works on the engine's answer. */
export function changesAnswer(effect: FaultEffect): boolean {
  return CHANGES[effect.kind] !== undefined
}

/** Sends an engine's answer with the given effects worked into it. */
export function sendChanged(
  client: ServerHttp2Stream,
  method: DescMethodUnary<DescMessage, DescMessage>,
  answer: GatheredAnswer,
  effects: readonly FaultEffect[],
): void {
  const schema = method.output
  const hasMessage = answer.body.byteLength > 0
  const encoding = singleHeader(answer.headers['grpc-encoding'])
  const message = hasMessage ? (fromBinary(schema, unframeMessage(answer.body, encoding)) as unknown as Fields) : {}
  const open: OpenAnswer = { headers: { ...answer.headers }, trailers: { ...answer.trailers }, message }
  for (const effect of effects) CHANGES[effect.kind]?.(effect as never, open)
  if (!hasMessage) {
    client.respond({ ...open.headers, ...open.trailers }, { endStream: true })
    return
  }
  client.respond(open.headers, { waitForTrailers: true })
  client.on('wantTrailers', () => client.sendTrailers(open.trailers))
  client.end(frameMessage(toBinary(schema, create(schema, message as MessageInitShape<DescMessage>))))
}

function changePayload(message: Fields, change: (payload: Uint8Array) => Uint8Array): void {
  for (const [name, value] of Object.entries(message)) if (value instanceof Uint8Array) message[name] = change(value)
}

function overwrite(
  target: IncomingHttpHeaders | OutgoingHttpHeaders,
  changes: Readonly<Record<string, string | null>>,
): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete target[name]
    else target[name] = value
  }
}
