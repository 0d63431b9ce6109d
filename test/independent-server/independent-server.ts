import { type Call, type Step, type Strategy, stepOf } from './call.ts'
import { CallLog } from './call-log.ts'
import { ClusterProxy } from './cluster-proxy.ts'
import { ClusterService } from './cluster-service.ts'
import { Engine, type EngineAnswer, type EngineOptions, sessionIdOf } from './engine.ts'
import { unframe } from './grpc-framing.ts'
import { type Listener, type ListenOptions, listen, type Request } from './listener.ts'
import { Fields } from './protobuf.ts'
import type { Query } from './query.ts'
import { bareStatus, type Decision, describe, REFUSED } from './reply.ts'
import { seededChoice } from './seeded-choice.ts'
import { sendReply } from './send-reply.ts'

export interface IndependentServerOptions extends EngineOptions {
  /** Decides on a call; `undefined` leaves it to proxy and engine. */
  readonly onCall?: (call: Call) => Decision | undefined
  /** How long resuming takes, in milliseconds. @default 50 */
  readonly resumeMs?: number
  /** Decides which proxy a request meets. @default 1 */
  readonly seed?: number
}

const SUSPENDED = bareStatus(503)
const BY_ENGINE: Decision = { reply: { kind: 'engine' } }
const INTERNAL = 13

/** A cluster of two deployments, with any number of addresses in front, whose answers a test controls. */
export class IndependentServer implements AsyncDisposable {
  readonly engine: Engine
  readonly clusterService: ClusterService
  readonly log = new CallLog()
  onCall: (call: Call) => Decision | undefined
  readonly #listeners: Listener[] = []
  readonly #counts = new Map<string, number>()
  readonly #choose: (count: number) => number
  readonly #keepsLog: boolean
  #connections = 0

  constructor(options: IndependentServerOptions = {}) {
    this.engine = new Engine(options)
    this.clusterService = new ClusterService(options.resumeMs ?? 50)
    this.onCall = options.onCall ?? (() => undefined)
    this.#choose = seededChoice(options.seed ?? 1)
    this.#keepsLog = options.keepHistory ?? true
  }

  /** Opens one more address. */
  async listen(options: ListenOptions = {}): Promise<Listener> {
    const listener = await listen(options, {
      proxies: options.proxies ?? [new ClusterProxy('proxy')],
      choose: this.#choose,
      nextConnection: () => ++this.#connections,
      onRequest: (request) => this.#serve(request),
    })
    this.#listeners.push(listener)
    return listener
  }

  /** How many calls of a step have come, on one strategy or all. */
  calls(step: Step, strategy?: Strategy): number {
    const strategies = strategy ? [strategy] : ['blue', 'green', 'none']
    return strategies.reduce((sum, name) => sum + (this.#counts.get(`${step}@${name}`) ?? 0), 0)
  }

  /** How many calls there were, by step and strategy: `prepare@blue`. */
  callCounts(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }

  /** Connections that were ever opened. */
  get connectionsOpened(): number {
    return this.#connections
  }

  /** Every run of a statement, in the order of their prepares. */
  runs(tag: string): Query[] {
    return [...this.engine.queries].filter((query) => query.tag === tag)
  }

  /** How often a statement was executed, over all its runs. */
  executions(tag: string): number {
    return this.runs(tag).reduce((sum, query) => sum + query.executions, 0)
  }

  /** Queries that are prepared and neither cleared nor cancelled. */
  openQueries(): Query[] {
    return [...this.engine.queries].filter(({ state }) => state === 'open')
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #serve(request: Request): void {
    const call = this.#callOf(request)
    const decision = this.onCall(call) ?? this.#routed(call, request.proxy)
    const answer = answerOnce(() => this.#answer(call))
    if (decision.acts) answer()
    if (this.#keepsLog) this.log.add(call, describe(decision))
    const send = () => void sendReply(request, decision.reply, answer)
    if (decision.delayMs === undefined) send()
    else setTimeout(send, decision.delayMs)
  }

  #callOf({ headers, body, proxy, connection }: Request): Call {
    const [, service = '', method = ''] = String(headers[':path']).split('/')
    const fields = new Fields(unframe(body))
    const strategy = headers.strategy === 'blue' || headers.strategy === 'green' ? headers.strategy : undefined
    const step = stepOf(service, method)
    const key = `${step}@${strategy ?? 'none'}`
    const nth = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, nth)
    const sessionId = sessionIdOf(method, fields)
    const user = step === 'login' || step === 'cluster' ? fields.string(1) : this.engine.sessions.ownerOf(sessionId)
    const query = this.engine.find(strategy, fields.string(3))
    const tag = query?.tag ?? tagIn(step, fields.string(method === 'prepareStatementV2' ? 4 : 3))
    return { service, method, step, strategy, headers, fields, user, query, tag, proxy: proxy.name, connection, nth }
  }

  #routed(call: Call, proxy: ClusterProxy): Decision {
    if (call.step === 'cluster') return BY_ENGINE
    if (call.strategy === undefined || !proxy.serves.has(call.strategy)) return REFUSED
    return this.clusterService.isActive ? BY_ENGINE : SUSPENDED
  }

  #answer(call: Call): EngineAnswer {
    try {
      return call.step === 'cluster' ? this.clusterService.answer(call.method) : this.engine.answer(call)
    } catch (error) {
      this.engine.violations.push(`${call.method}: the request can't be read: ${String(error)}`)
      return { code: INTERNAL, text: 'the request can not be read' }
    }
  }
}

const tagIn = (step: Step, sql: string) => (step === 'prepare' ? /\btag=([\w.-]+)/.exec(sql)?.[1] : undefined)

/** The engine acts once, even if its answer is needed several times. */
function answerOnce(answer: () => EngineAnswer): () => EngineAnswer {
  let known: EngineAnswer | undefined
  return () => {
    known ??= answer()
    return known
  }
}
