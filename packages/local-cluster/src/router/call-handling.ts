import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { cluster } from 'e6data-connector/wire'
import { type Availability, admit, workOf } from '../deployment/admission.ts'
import type { DeploymentState } from '../deployment/deployment-state.ts'
import type { Strategy } from '../deployment/strategy.ts'
import { emptyBatchAnswer } from '../faults/empty-batch.ts'
import type { FaultEffect, FaultMoment } from '../faults/fault.ts'
import type { AppliedFault, FaultRegistry } from '../faults/fault-registry.ts'
import { changesAnswer, sendChanged } from '../faults/faulted-answer.ts'
import { decodeStatusMessage, GRPC_STATUS, RpcError } from '../grpc/rpc-error.ts'
import {
  answerWithMessage,
  answerWithStatus,
  readCallName,
  serveUnaryCall,
  singleHeader,
  type UnaryHandler,
} from '../grpc/unary-server.ts'
import { answerBare, BARE_STATUS, SPOKEN_STATUS } from './bare-answers.ts'
import { breakConnection } from './break-connection.ts'
import { findMethod, readFacts } from './call-facts.ts'
import type { CallLog } from './call-log.ts'
import type { CallRecord, OpenCallRecord } from './call-record.ts'
import { forward, gather } from './forward.ts'
import { type RequestBody, readRequestBody } from './request-body.ts'
import type { Upstream } from './upstream.ts'

/** The dependencies of the router. */
export interface RouterParts {
  deployment(): DeploymentState
  availability(): Availability
  /** The connection to the engine of a strategy; `undefined` while it does not run. */
  upstream(strategy: Strategy): Upstream | undefined
  faults: FaultRegistry
  log: CallLog
  /** `ClusterService`, which the router serves itself. */
  clusterService: UnaryHandler
}

interface Call {
  stream: ServerHttp2Stream
  headers: IncomingHttpHeaders
  body: RequestBody
  record: OpenCallRecord
  faults: readonly AppliedFault[]
}

/** Handles a call from its headers to its end, and records its outcome. Never rejects. */
export async function handleCall(
  parts: RouterParts,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  // Clients may reset streams at any time; `destroyed` shows it.
  stream.on('error', () => stream.destroy())
  const begun = performance.now()
  const record = openRecord(parts.log, headers)
  try {
    const body = await readRequestBody(stream)
    if (body !== undefined) {
      noteRequest(record, headers, body)
      parts.log.changed(record)
      const faults = parts.faults.take(record)
      await answerCall(parts, { stream, headers, body, record, faults })
    }
  } catch (error) {
    if (!stream.destroyed && !stream.headersSent) {
      const failure = new RpcError('internal', error instanceof Error ? error.message : String(error), { cause: error })
      answerStatus(record, stream, failure)
    } else stream.destroy()
  }
  if (record.outcome === 'under way') record.outcome = 'abandoned by the client'
  record.durationMs = performance.now() - begun
  parts.log.changed(record)
}

async function answerCall(parts: RouterParts, call: Call): Promise<void> {
  const { stream, headers, body, record } = call
  if (await applyEffects(call, 'before')) return
  const isClusterCall = record.service === cluster.ClusterService.typeName
  const availability = isClusterCall ? 'active' : parts.availability()
  const admission = admit(record.strategy, workOf(record.method), parts.deployment(), availability)
  if ('refused' in admission) {
    answerRefusal(record, stream, admission.refused)
  } else if (isClusterCall) {
    await serveByRouter(parts, call)
  } else {
    await passToEngine(parts.upstream(admission.to), admission.to, {
      stream,
      headers,
      body,
      record,
      faults: call.faults,
    })
  }
}

async function serveByRouter(parts: RouterParts, { stream, headers, body, record }: Call): Promise<void> {
  await serveUnaryCall(stream, headers, parts.clusterService, Promise.resolve(Buffer.concat(body.chunks)))
  record.servedBy = 'router'
  record.outcome = 'answered'
  record.httpStatus = 200
  const status = stream.sentTrailers?.['grpc-status'] ?? stream.sentHeaders['grpc-status'] ?? GRPC_STATUS.ok
  record.grpcStatus = Number(status)
}

async function passToEngine(upstream: Upstream | undefined, strategy: Strategy, call: Call): Promise<void> {
  const { stream, headers, body, record, faults } = call
  if (upstream === undefined) return answerHttp(record, stream, BARE_STATUS['engine gone'])
  const method = findMethod(record.service, record.method)
  const engineStream = upstream.request(headers)
  record.servedBy = strategy
  if (method !== undefined && faults.some(({ effect }) => waitsForAnswer(effect))) {
    const answer = await gather(stream, engineStream, body)
    if (answer === undefined) return answerHttp(record, stream, BARE_STATUS['engine gone'])
    if (await applyEffects(call, 'after')) return
    const effects = faults.map(({ effect }) => effect)
    sendChanged(stream, method, answer, effects)
    noteAnswer(record, answer.headers, answer.trailers, answer.body)
    return
  }
  const outcome = await forward(stream, engineStream, body)
  switch (outcome.kind) {
    case 'answered':
      noteAnswer(record, outcome.headers, outcome.trailers, outcome.head)
      record.responseBytes = outcome.bytes
      return
    case 'engine gone':
      return answerHttp(record, stream, BARE_STATUS['engine gone'])
    case 'cut off':
      record.outcome = 'reset'
      return
    case 'client gone':
      return
  }
}

/** Applies the effects of one moment. @returns whether one of them answered the call. */
async function applyEffects(call: Call, moment: FaultMoment): Promise<boolean> {
  for (const fault of call.faults) {
    if (momentOf(fault.effect) !== moment) continue
    if (await applyEffect(call, fault)) return true
    if (call.stream.destroyed) return true
  }
  return false
}

async function applyEffect({ stream, record }: Call, { effect, held }: AppliedFault): Promise<boolean> {
  switch (effect.kind) {
    case 'delay':
      await sleep(effect.ms)
      return false
    case 'hold':
      await held()
      return false
    case 'goaway':
      stream.session?.goaway(effect.code ?? constants.NGHTTP2_NO_ERROR)
      return false
    case 'reset':
      record.outcome = 'reset'
      record.servedBy ??= 'router'
      if (effect.what === 'connection') breakConnection(stream.session)
      else stream.close(effect.code ?? constants.NGHTTP2_INTERNAL_ERROR)
      return true
    case 'http-status':
      answerHttp(record, stream, effect.status, effect.headers, effect.body)
      return true
    case 'grpc-status':
      answerStatus(record, stream, new RpcError(effect.status, effect.message))
      return true
    case 'empty-batch':
      record.servedBy = 'router'
      record.outcome = 'answered'
      record.httpStatus = 200
      record.grpcStatus = GRPC_STATUS.ok
      answerWithMessage(stream, [emptyBatchAnswer(record.sessionId ?? '')])
      return true
    default:
      return false
  }
}

/** The moment of an effect; changes to the answer are made when it is sent. */
function momentOf(effect: FaultEffect): FaultMoment | undefined {
  if (changesAnswer(effect)) return undefined
  return ('moment' in effect ? effect.moment : undefined) ?? 'before'
}

function waitsForAnswer(effect: FaultEffect): boolean {
  return changesAnswer(effect) || momentOf(effect) === 'after'
}

function openRecord(log: CallLog, headers: IncomingHttpHeaders): OpenCallRecord {
  const named = {
    strategy: singleHeader(headers.strategy),
    plannerIp: singleHeader(headers.plannerip),
    clusterName: singleHeader(headers['cluster-name']),
    clusterUuid: singleHeader(headers['cluster-uuid']),
    userAgent: headers['user-agent'],
    authorization: authorizationScheme(headers.authorization),
  }
  const present = Object.entries(named).filter(([, value]) => value !== undefined)
  return log.begin({ ...readCallName(headers), ...Object.fromEntries(present) })
}

/** The scheme of the header, and never more: the rest is a secret, as is a token without a scheme. */
function authorizationScheme(header: string | undefined): CallRecord['authorization'] {
  if (header === undefined) return undefined
  return /^Bearer /i.test(header) ? 'Bearer' : 'another scheme'
}

function noteRequest(record: OpenCallRecord, headers: IncomingHttpHeaders, body: RequestBody): void {
  const method = findMethod(record.service, record.method)
  if (method === undefined || !body.complete) return
  const facts = readFacts(method.input, Buffer.concat(body.chunks), singleHeader(headers['grpc-encoding']))
  if (facts.sessionId !== undefined) record.sessionId = facts.sessionId
  if (facts.queryId !== undefined) record.queryId = facts.queryId
}

function noteAnswer(
  record: OpenCallRecord,
  headers: IncomingHttpHeaders,
  trailers: IncomingHttpHeaders,
  head: Buffer,
): void {
  record.outcome = 'answered'
  record.httpStatus = Number(headers[':status'])
  record.responseBytes = head.byteLength
  const status = singleHeader(trailers['grpc-status'] ?? headers['grpc-status'])
  if (status !== undefined) record.grpcStatus = Number(status)
  const message = singleHeader(trailers['grpc-message'] ?? headers['grpc-message'])
  if (message !== undefined) record.grpcMessage = decodeStatusMessage(message)
  const method = findMethod(record.service, record.method)
  if (method === undefined) return
  const facts = readFacts(method.output, head, singleHeader(headers['grpc-encoding']))
  // The ids in an answer identify the call when its request had none: the new session, the new query.
  if (facts.sessionId !== undefined) record.sessionId ??= facts.sessionId
  if (facts.queryId !== undefined) record.queryId ??= facts.queryId
  if (facts.newStrategy !== undefined) record.newStrategy = facts.newStrategy
}

/** Refuses a call with an access token by a gRPC status with a message, any other by a bare status. */
function answerRefusal(record: OpenCallRecord, stream: ServerHttp2Stream, refused: keyof typeof SPOKEN_STATUS): void {
  const { status, message } = SPOKEN_STATUS[refused]
  if (record.authorization === 'Bearer') answerStatus(record, stream, new RpcError(status, message))
  else answerHttp(record, stream, BARE_STATUS[refused])
}

function answerHttp(
  record: OpenCallRecord,
  stream: ServerHttp2Stream,
  status: number,
  headers?: Readonly<Record<string, string>>,
  body?: string,
): void {
  if (stream.destroyed) return
  record.servedBy ??= 'router'
  record.httpStatus = status
  record.outcome = 'answered'
  answerBare(stream, status, headers, body)
}

function answerStatus(record: OpenCallRecord, stream: ServerHttp2Stream, error: RpcError): void {
  if (stream.destroyed) return
  record.servedBy ??= 'router'
  record.httpStatus = 200
  record.grpcStatus = GRPC_STATUS[error.status]
  record.grpcMessage = error.message
  record.outcome = 'answered'
  answerWithStatus(stream, error)
}
