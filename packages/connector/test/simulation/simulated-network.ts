import { type DescMessage, type DescMethodUnary, fromBinary, type MessageShape } from '@bufbuild/protobuf'
import type { GrpcHeader } from '../../src/transport/headers.ts'
import type { Exchange, Reply } from './exchange.ts'
import type { FaultBook } from './fault-book.ts'
import { FAULTS, type FaultName, type FaultRule, STEP_OF_METHOD } from './faults.ts'
import type { History } from './history.ts'
import type { Random } from './random.ts'
import { changeAnswer, emptyBatch } from './reply-changes.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedEngine } from './simulated-engine.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { type SimulatedTime, toMicroseconds } from './simulated-time.ts'
import { detailsOf, WORDINGS, type Wording } from './wordings.ts'

/** One connection's way to its cluster. */
export interface Line {
  readonly process: SimulatedProcess
  readonly connection: string
  readonly cluster: SimulatedCluster
  readonly random: Random
  /** Which proxies it meets is drawn from this. */
  readonly proxies: Random
}

/** A call as a transport hands it over. */
export interface OutgoingCall {
  readonly method: DescMethodUnary
  readonly request: Uint8Array
  readonly header: GrpcHeader
  /** `new`: over a connection of its own. */
  readonly connection: 'new' | undefined
  readonly deliver: (reply: Reply) => void
}

/** Who looks at every call. */
export interface NetworkObserver {
  /** Which operation a call is about, where its request tells. */
  operationOf(method: string, request: MessageShape<DescMessage>): number | undefined
  sent(call: Exchange): void
  ended(call: Exchange): void
}

/** One message in so many takes a detour, and so much longer. */
const DETOURS = 0.02
const DETOUR_FACTOR = 10

/** How much longer an answer takes that is slow, in milliseconds, at most. */
const SLOWEST_ANSWER_MS = 8000

/** Carries calls and answers, each as long as it takes: they overtake each other as they please. */
export class SimulatedNetwork {
  readonly #time: SimulatedTime
  readonly #history: History
  readonly #faults: FaultBook
  readonly #observer: NetworkObserver
  readonly #tripMs: readonly [fastest: number, slowest: number]
  readonly #underWay = new Map<Exchange, Line>()
  /** Connections that carry nothing any more, and whose clients have not noticed. */
  readonly #silent = new Set<string>()
  #sent = 0

  constructor(
    parts: { time: SimulatedTime; history: History; faults: FaultBook; observer: NetworkObserver },
    tripMs: readonly [fastest: number, slowest: number],
  ) {
    this.#time = parts.time
    this.#history = parts.history
    this.#faults = parts.faults
    this.#observer = parts.observer
    this.#tripMs = tripMs
  }

  send(line: Line, { method, request, header, connection: way, deliver }: OutgoingCall): Exchange {
    const { process, connection } = line
    const message = fromBinary(method.input, request)
    const operation = this.#observer.operationOf(method.name, message)
    const isClusterCall = method.parent.name === 'ClusterService'
    const step = isClusterCall ? 'cluster' : STEP_OF_METHOD[method.name]
    if (!step) throw new Error(`the simulated network does not know ${method.name}`)
    this.#sent += 1
    const call: Exchange = {
      number: this.#sent,
      ...{ process, connection, cluster: line.cluster, method, step, request: message, operation, deliver },
      queryId: (message as { queryId?: string }).queryId,
      headers: new Map(header),
      proxy: line.cluster.proxies.meet(line, way),
      fault: this.#faults.take(line, operation, step),
      sentAt: this.#time.now,
      ...{
        reachedEngine: false,
        isSilenced: false,
        announced: undefined,
        rows: 0,
        end: undefined,
        endedAt: 0,
        details: '',
      },
    }
    this.#underWay.set(call, line)
    if (way !== 'new' && this.#silent.has(connection)) silenced(call)
    process.callsUnderWay += 1
    this.#observer.sent(call)
    this.#write(call, call.fault ? `asks (${call.fault})` : 'asks')
    this.#carry(line, call)
    return call
  }

  /** Gives up a call: its answer is not needed any more. */
  givenUp(call: Exchange): void {
    this.#end(call, 'given up', '')
  }

  /** Every call of a process that is under way is cut off. */
  drop(process: SimulatedProcess): void {
    for (const [call, line] of this.#underWay) {
      if (call.process !== process) continue
      line.cluster.proxies.lost(line)
      this.#return(call, { kind: 'status', status: WORDINGS.connectionDropped }, 0)
    }
  }

  /** A connection carries nothing any more. Its client gives it up after `forMs`, and opens another. */
  silence(connection: string, forMs: number): void {
    if (this.#silent.has(connection)) return
    this.#silent.add(connection)
    for (const [call] of this.#underWay) if (call.connection === connection) silenced(call)
    this.#time.schedule(forMs, () => this.#giveUp(connection))
  }

  #giveUp(connection: string): void {
    this.#silent.delete(connection)
    for (const [call, line] of this.#underWay) {
      if (call.connection !== connection || !call.isSilenced) continue
      call.isSilenced = false
      line.cluster.proxies.lost(line)
      this.#return(call, { kind: 'status', status: WORDINGS.connectionDropped }, 0)
    }
  }

  /** Takes the call to its cluster, unless something happens to it before. */
  #carry(line: Line, call: Exchange): void {
    const instead = call.fault && insteadBefore(call.fault)
    if (instead === 'silence' || call.isSilenced) return
    const outMs = this.#tripOf(line)
    if (instead) this.#answer(line, call, instead, outMs)
    else this.#time.schedule(outMs, () => this.#arrive(line, call))
  }

  #arrive(line: Line, call: Exchange): void {
    const { cluster } = line
    if (call.fault === 'session forgotten')
      cluster.forgetSession((call.request as { sessionId?: string }).sessionId ?? '')
    const misbehaviour = call.fault ? undefined : cluster.misbehaviour(call)
    const instead = misbehaviour && insteadBefore(misbehaviour)
    if (instead) call.fault = misbehaviour
    if (instead === 'silence') return
    if (instead) this.#answer(line, call, instead, 0)
    else if (call.fault === 'empty batch') this.#return(call, emptyBatch(call), this.#tripOf(line))
    else cluster.arrive(call, (reply, engine) => this.#leave(line, call, reply, engine))
  }

  /** The cluster has answered: the answer sets out, if nothing happens to it. */
  #leave(line: Line, call: Exchange, reply: Reply, engine: SimulatedEngine | undefined): void {
    const instead = call.fault && FAULTS[call.fault].instead
    const backMs = this.#tripOf(line)
    if (!instead || !engine || reply.kind === 'status') this.#return(call, reply, backMs)
    else if (instead === 'the answer')
      this.#return(call, changeAnswer(call, reply, engine), backMs + lateMs(line, call))
    else if (instead !== 'silence') this.#answer(line, call, instead, backMs)
  }

  #answer(line: Line, call: Exchange, status: Wording, afterMs: number): void {
    this.#return(call, { kind: 'status', status }, afterMs + this.#tripOf(line))
  }

  #return(call: Exchange, reply: Reply, afterMs: number): void {
    this.#time.schedule(afterMs, () => this.#deliver(call, reply), call.process)
  }

  /** Delivers an answer; one to a call that was given up is lost. */
  #deliver(call: Exchange, reply: Reply): void {
    if (call.end !== undefined || call.isSilenced) return
    if (reply.kind === 'message') call.rows = reply.rows
    if (reply.kind === 'message') this.#end(call, reply.end ?? 'answered', '')
    else this.#end(call, reply.status.end, detailsOf(reply.status))
    call.deliver(reply)
  }

  #end(call: Exchange, end: NonNullable<Exchange['end']>, details: string): void {
    if (call.end !== undefined) return
    call.end = end
    call.endedAt = this.#time.now
    call.details = details
    call.process.callsUnderWay -= 1
    this.#underWay.delete(call)
    this.#write(call, end)
    this.#observer.ended(call)
  }

  #write({ connection, operation, method, queryId, headers }: Exchange, text: string): void {
    const about = operation === undefined ? '' : ` #${operation}`
    const query = queryId ? ` of ${queryId}` : ''
    this.#history.write(
      this.#time.now,
      `${connection}${about} ${method.name}${query} on ${headers.get('strategy')}: ${text}`,
    )
  }

  #tripOf({ random }: Line): number {
    const [fastest, slowest] = this.#tripMs
    const usual = fastest + (slowest - fastest) * random.next() ** 2
    return toMicroseconds(random.chance(DETOURS) ? usual * DETOUR_FACTOR : usual)
  }
}

function silenced(call: Exchange): void {
  call.isSilenced = true
  call.process.silenced.push(call)
}

/**
 * What a client gets when something happens to its call before any engine has seen it; `undefined` when nothing does.
 */
function insteadBefore(fault: FaultName): Wording | 'silence' | undefined {
  const { moment, instead }: FaultRule = FAULTS[fault]
  return moment === 'before' && instead !== 'the answer' ? instead : undefined
}

function lateMs({ random }: Line, { fault }: Exchange): number {
  return fault === 'slow' ? toMicroseconds(random.next() * SLOWEST_ANSWER_MS) : 0
}
