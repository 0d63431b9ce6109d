import { type DescMessage, type DescMethodUnary, fromBinary } from '@bufbuild/protobuf'
import { cluster, queryEngine } from 'e6data-connector/wire'
import { unframeMessage } from '../grpc/message-frames.ts'

type UnaryMethod = DescMethodUnary<DescMessage, DescMessage>

const SERVICES: Readonly<Record<string, Readonly<Record<string, UnaryMethod>>>> = {
  [queryEngine.QueryEngineService.typeName]: queryEngine.QueryEngineService.method,
  [cluster.ClusterService.typeName]: cluster.ClusterService.method,
}

/** The method of a path, if it exists. */
export function findMethod(service: string, method: string): UnaryMethod | undefined {
  const methods = Object.hasOwn(SERVICES, service) ? SERVICES[service] : undefined
  return methods !== undefined && Object.hasOwn(methods, method) ? methods[method] : undefined
}

/** The facts about a call in its message. */
export interface MessageFacts {
  sessionId?: string
  queryId?: string
  newStrategy?: string
}

/** Reads the facts from the body of a call; an invalid body has none. */
export function readFacts(schema: DescMessage, body: Uint8Array, encoding: string | undefined): MessageFacts {
  let message: Readonly<Record<string, unknown>>
  try {
    message = fromBinary(schema, unframeMessage(body, encoding)) as unknown as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
  const facts: MessageFacts = {}
  for (const name of ['sessionId', 'queryId', 'newStrategy'] as const) {
    const value = message[name]
    if (typeof value === 'string' && value !== '') facts[name] = value
  }
  return facts
}
