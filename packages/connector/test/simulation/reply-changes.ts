import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf'
import { GetNextResultBatchResponseSchema } from '../../src/gen/query_engine_pb.ts'
import type { Exchange, Reply } from './exchange.ts'
import type { FaultName } from './faults.ts'
import { NO_ROWS } from './result-rows.ts'
import type { SimulatedEngine } from './simulated-engine.ts'

/** The fields next to the payload, on the messages that have them. */
type ChangeableMessage = MessageShape<DescMessage> & { sessionId?: string; newStrategy?: string }

type Change = (message: ChangeableMessage, call: Exchange, engine: SimulatedEngine) => void

/** What some faults make of an answer. */
const CHANGES: Partial<Record<FaultName, Change>> = {
  'session renewed': (message, call, engine) => {
    if (message.sessionId !== undefined) message.sessionId = engine.renewSession(call)
  },
  'no session given': (message) => {
    message.sessionId = ''
  },
  'nonsense announced': (message, call) => {
    message.newStrategy = 'purple'
    call.announced = undefined
  },
  'nothing announced': (message, call) => {
    message.newStrategy = ''
    call.announced = undefined
  },
  'announced in capitals': (message, call, engine) => {
    call.announced ??= engine.strategy
    message.newStrategy = call.announced.toUpperCase()
  },
}

/** The answer as the client gets it, when the call's fault is a change of it. */
export function changeAnswer(
  call: Exchange,
  reply: Extract<Reply, { kind: 'message' }>,
  engine: SimulatedEngine,
): Reply {
  const change = call.fault && CHANGES[call.fault]
  if (!change) return reply
  const message = fromBinary(call.method.output, reply.bytes) as ChangeableMessage
  change(message, call, engine)
  const bytes = toBinary(call.method.output, message)
  return call.fault === 'no session given' ? { ...reply, bytes, end: 'credentials-refused' } : { ...reply, bytes }
}

/** The answer to a fetch that no engine was asked for: its next batch comes with the next fetch. */
export function emptyBatch(call: Exchange): Reply {
  const { sessionId = '' } = call.request as { sessionId?: string }
  const answer = create(GetNextResultBatchResponseSchema, { sessionId, resultBatch: NO_ROWS })
  return { kind: 'message', bytes: toBinary(GetNextResultBatchResponseSchema, answer), rows: 0 }
}
