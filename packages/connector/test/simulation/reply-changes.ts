import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf'
import { GetNextResultBatchResponseSchema } from '../../src/gen/query_engine_pb.ts'
import type { Exchange, Reply } from './exchange.ts'
import type { FaultName } from './faults.ts'
import { NO_ROWS } from './result-rows.ts'
import type { SimulatedEngine } from './simulated-engine.ts'

/** The fields of a message other than its payload, where they exist. */
type ChangeableMessage = MessageShape<DescMessage> & { sessionId?: string; newStrategy?: string }

type Change = (message: ChangeableMessage, call: Exchange, engine: SimulatedEngine) => void

/** The changes of an answer by some faults. */
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
    call.announced ??= engine.colour
    message.newStrategy = call.announced.toUpperCase()
  },
}

/** Returns the answer to the client, changed if the call's fault requires it. */
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

/** The answer to a fetch that no engine received: the next fetch returns the batch. */
export function emptyBatch(call: Exchange): Reply {
  const { sessionId = '' } = call.request as { sessionId?: string }
  const answer = create(GetNextResultBatchResponseSchema, { sessionId, resultBatch: NO_ROWS })
  return { kind: 'message', bytes: toBinary(GetNextResultBatchResponseSchema, answer), rows: 0 }
}
