import { create, toBinary } from '@bufbuild/protobuf'
import { ClusterStatusResponseSchema } from '../../src/gen/cluster_pb.ts'
import { otherStrategy, parseStrategy, type Strategy } from '../../src/types/strategy.ts'
import {
  announcedBy,
  type Deployment,
  describeDeployment,
  isSwitch,
  type ServiceTraits,
  serves,
  takeStep,
  type Work,
} from './deployment.ts'
import type { Exchange, Reply } from './exchange.ts'
import { type FaultName, isAboutRunningQuery } from './faults.ts'
import type { History } from './history.ts'
import type { Random } from './random.ts'
import type { DeploymentDecision, MishapDecision, ProxySettings } from './schedule.ts'
import { type EngineEnvironment, SimulatedEngine } from './simulated-engine.ts'
import { SimulatedProxies } from './simulated-proxies.ts'
import { type SimulatedTime, toMicroseconds } from './simulated-time.ts'
import { WORDINGS, type Wording } from './wordings.ts'

/** Who takes new work from a moment on. */
interface Service {
  readonly from: number
  /** By one proxy at least. */
  readonly somewhere: readonly Strategy[]
  /** By every proxy. */
  readonly everywhere: readonly Strategy[]
}

type Slowness = Extract<MishapDecision, { kind: 'slow down' }> & { readonly until: number; readonly target: Strategy }

type Misbehaviour = Extract<MishapDecision, { kind: 'misbehave' }> & {
  readonly until: number
  readonly target: Strategy
}

/** How long it takes from one look at a draining deployment to the next. */
const LOOK_EVERY_MS = 25

/** Between the engine that answers at once and the network lies nothing. */
const AT_ONCE = 0

/** Takes a reply, and the engine that made it. */
type GiveAnswer = (reply: Reply, engine: SimulatedEngine | undefined) => void

export interface ClusterSettings extends ServiceTraits {
  /** What its clients call it: two users may see two deployments under one name. */
  readonly address: string
  readonly user: string
  /** The deployment that serves first. */
  readonly home: Strategy
  readonly random: Random
  readonly proxies: ProxySettings | undefined
  readonly beforeSwitch: (cluster: SimulatedCluster, next: Strategy) => void
}

/** Two engines behind proxies that move clients from one to the other, as strict as the local cluster. */
export class SimulatedCluster {
  readonly address: string
  readonly user: string
  readonly engines: Record<Strategy, SimulatedEngine | undefined>
  readonly proxies: SimulatedProxies
  readonly #time: SimulatedTime
  readonly #history: History
  readonly #environment: EngineEnvironment
  readonly #traits: ServiceTraits
  readonly #random: Random
  readonly #beforeSwitch: (cluster: SimulatedCluster, next: Strategy) => void
  #acceptingSince: number | undefined
  readonly #services: Service[] = []
  readonly #underWay = new Map<Exchange, { readonly engine: SimulatedEngine; readonly answer: GiveAnswer }>()
  #deployment: Deployment
  #availability: 'active' | 'suspended' | 'resuming' = 'active'
  #resumeMs = 0
  #misbehaviours: Misbehaviour[] = []
  #slowness: Slowness[] = []
  #contradictsUntil = Number.NEGATIVE_INFINITY
  #started = 0
  #switches = 0
  #turns = 0
  readonly #lastServedAt: Record<Strategy, number> = { blue: -1, green: -1 }

  constructor(
    readonly name: string,
    time: SimulatedTime,
    history: History,
    environment: Omit<EngineEnvironment, 'announced'>,
    settings: ClusterSettings,
  ) {
    const { home, proxies, beforeSwitch } = settings
    this.address = settings.address
    this.user = settings.user
    this.#traits = settings
    this.#random = settings.random
    this.#deployment = { kind: 'stable', active: home }
    this.#beforeSwitch = beforeSwitch
    this.#time = time
    this.#history = history
    this.#environment = { ...environment, announced: (strategy) => this.#announcedBy(strategy) }
    this.proxies = new SimulatedProxies(time, this.#deployment, proxies)
    const engineOf = (strategy: Strategy) => (this.#isDeployed(strategy) ? this.#startEngine(strategy) : undefined)
    this.engines = { blue: engineOf('blue'), green: engineOf('green') }
    this.#noteService()
  }

  get active(): Strategy {
    return this.#deployment.active
  }

  /** How often new work moved to the other deployment. */
  get switches(): number {
    return this.#switches
  }

  /** Number of reversals for clients: cut-overs, and withdrawn announcements. */
  get turns(): number {
    return this.#turns
  }

  /** When a deployment last was the one that new work belongs to, before it was so again; -1 for never. */
  lastServedAt(strategy: Strategy): number {
    return this.#lastServedAt[strategy]
  }

  get isAvailable(): boolean {
    return this.#availability === 'active'
  }

  get deployment(): Deployment {
    return this.#deployment
  }

  /** Since when a deployment that is announced takes clients; `undefined` when none does. */
  get acceptingSince(): number | undefined {
    return this.#acceptingSince
  }

  /** Whether, at every moment from `from` to `to`, no deployment took new work. */
  wasOutOfService(from: number, to: number): boolean {
    return this.#servicesIn(from, to).every(({ somewhere }) => somewhere.length === 0)
  }

  /** Whether, at every moment from `from` to `to`, every proxy led new work to a deployment that took it. */
  servedThroughout(strategy: Strategy, from: number, to: number): boolean {
    return this.#servicesIn(from, to).every(({ everywhere }) => everywhere.includes(strategy))
  }

  /** Whether answers say now that a deployment is announced, and now that it is off. */
  contradictedSince(time: number): boolean {
    return this.#contradictsUntil >= time
  }

  #servicesIn(from: number, to: number): Service[] {
    return this.#services.filter(({ from: begin }, index) => {
      const end = this.#services[index + 1]?.from ?? Number.POSITIVE_INFINITY
      return end > from && begin < to
    })
  }

  #announcedBy(strategy: Strategy): Strategy | undefined {
    const contradicts = this.#contradictsUntil > this.#time.now && strategy === this.active
    return contradicts ? this.#random.pick(['blue', 'green']) : announcedBy(this.#deployment, strategy)
  }

  /** Whether the engine that a call named is gone by now. */
  hasReplaced({ headers }: Exchange): boolean {
    return Object.values(this.engines).every((engine) => engine?.ip !== headers.get('plannerip'))
  }

  /** Takes a step of a deployment, if it fits. Returns whether it did. */
  take(step: DeploymentDecision): boolean {
    const next = takeStep(this.#deployment, step)
    if (!next) return false
    if (step.kind === 'retire') this.#retireWhenIdle(step.patienceMs)
    else this.#become(next)
    return true
  }

  kill(strategy: Strategy, restartAfterMs: number): void {
    if (!this.engines[strategy]) return
    this.#history.write(this.#time.now, `${this.name}: the engine of ${strategy} dies`)
    this.#stopEngine(strategy)
    this.#time.schedule(restartAfterMs, () => {
      if (this.engines[strategy] || !this.#isDeployed(strategy)) return
      this.engines[strategy] = this.#startEngine(strategy)
      this.#noteService()
    })
  }

  suspend(resumeMs: number): void {
    if (this.#availability !== 'active') return
    this.#history.write(this.#time.now, `${this.name}: suspended`)
    this.#availability = 'suspended'
    this.#resumeMs = resumeMs
    for (const strategy of ['blue', 'green'] as const) {
      if (!this.engines[strategy]) continue
      this.#stopEngine(strategy)
      this.engines[strategy] = this.#startEngine(strategy)
    }
    this.#noteService()
  }

  resume(): void {
    if (this.#availability !== 'suspended') return
    this.#availability = 'resuming'
    this.#time.schedule(this.#resumeMs, () => {
      this.#history.write(this.#time.now, `${this.name}: resumed`)
      this.#availability = 'active'
      this.#noteService()
    })
  }

  expireSessions(strategy: Strategy): void {
    this.engines[strategy]?.sessions.clear()
  }

  forgetSession(id: string): void {
    for (const engine of Object.values(this.engines)) engine?.sessions.delete(id)
  }

  misbehave(decision: Extract<MishapDecision, { kind: 'misbehave' }>): void {
    this.#misbehaviours.push({ ...decision, ...this.#aim(decision) })
  }

  slowDown(decision: Extract<MishapDecision, { kind: 'slow down' }>): void {
    this.#slowness.push({ ...decision, ...this.#aim(decision) })
  }

  contradict({ forMs }: Extract<MishapDecision, { kind: 'contradict' }>): void {
    this.#contradictsUntil = this.#time.now + forMs
  }

  #aim({ strategy, forMs }: { strategy: 'active' | 'other'; forMs: number }): { target: Strategy; until: number } {
    const target = strategy === 'active' ? this.active : otherStrategy(this.active)
    return { target, until: this.#time.now + forMs }
  }

  /** Ends whatever is still wrong, and the deployment that is under way. */
  settle(): void {
    this.#misbehaviours = []
    this.#slowness = []
    this.#contradictsUntil = this.#time.now
    this.resume()
    const at = this.#time.now
    this.take({ kind: 'accept', at })
    this.take({ kind: 'cut over', at, accepting: true })
    this.take({ kind: 'retire', at, patienceMs: 0 })
    if (this.engines[this.active]) return
    this.engines[this.active] = this.#startEngine(this.active)
    this.#noteService()
  }

  /** The fault that a call meets because all of its kind do. */
  misbehaviour({ step, headers, operation, process }: Exchange): FaultName | undefined {
    const now = this.#time.now
    const isIdle = (strategy: Strategy) => strategy !== this.active && this.proxies.agree
    const used = process.managers.get(this)?.getSharedStrategy().activeStrategy
    const isStatement = step === 'prepare' && operation !== undefined
    // Rule 16: such an error is the statement's own, and so is silence where the probe statement is answered.
    const isOwn = ({ fault, target }: Misbehaviour) =>
      isStatement && (fault === 'not implemented' || (fault === 'request lost' && target === used))
    return this.#misbehaviours.find(
      (it) =>
        it.step === step &&
        it.until > now &&
        it.at <= now &&
        it.target === headers.get('strategy') &&
        (!it.whileIdle || (isIdle(it.target) && !isOwn(it))),
    )?.fault
  }

  /** How much longer the answer to a call takes, because its deployment is slow. */
  delayOf({ step, headers }: Exchange): number {
    const slow = this.#slowness.find(
      (it) => it.step === step && it.until > this.#time.now && it.target === headers.get('strategy'),
    )
    return slow ? toMicroseconds(this.#random.next() * slow.upToMs) : 0
  }

  /** The longest that an answer may have taken since then because its deployment was slow, in milliseconds. */
  slowestSince(time: number): number {
    return Math.max(0, ...this.#slowness.filter(({ until }) => until >= time).map(({ upToMs }) => upToMs))
  }

  /** Takes a call in; `answer` is given the reply when it leaves the cluster. */
  arrive(call: Exchange, answer: GiveAnswer): void {
    const engine = this.engines[call.headers.get('strategy') as Strategy]
    const refusal = this.#refusal(call)
    if (refusal) answer({ kind: 'status', status: refusal }, undefined)
    else if (call.step === 'cluster') answer(this.#serveClusterCall(call), undefined)
    else if (!engine) answer({ kind: 'status', status: WORDINGS.engineGone }, undefined)
    else this.#passOn(call, engine, answer)
  }

  #passOn(call: Exchange, engine: SimulatedEngine, answer: GiveAnswer): void {
    call.reachedEngine = true
    const { reply, afterMs: workMs } = engine.handle(call)
    const afterMs = workMs + this.delayOf(call)
    if (afterMs === AT_ONCE) {
      answer(reply, engine)
      return
    }
    this.#underWay.set(call, { engine, answer })
    this.#time.schedule(afterMs, () => {
      if (this.#underWay.delete(call)) answer(reply, engine)
    })
  }

  #refusal(call: Exchange): Wording | undefined {
    if (call.step !== 'cluster' && this.#availability !== 'active') return WORDINGS.suspended
    const strategy = parseStrategy(call.headers.get('strategy')) ?? this.active
    const work = isAboutRunningQuery(call.step) ? 'running' : 'new'
    return this.#serves(this.proxies.routeOf(call.proxy), strategy, work) ? undefined : WORDINGS.refusedByProxy
  }

  #serves(route: Deployment, strategy: Strategy, work: Work): boolean {
    return serves(route, strategy, work, this.#traits)
  }

  /** Whether a deployment has an engine at all. */
  #isDeployed(strategy: Strategy): boolean {
    return this.#traits.standby || this.#deployment.kind !== 'stable' || this.#deployment.active === strategy
  }

  #serveClusterCall(call: Exchange): Reply {
    if (call.method.name === 'resume') this.resume()
    const bytes = toBinary(
      ClusterStatusResponseSchema,
      create(ClusterStatusResponseSchema, { status: this.#availability }),
    )
    return { kind: 'message', bytes, rows: 0 }
  }

  #become(next: Deployment): void {
    const before = this.#deployment
    if (isSwitch(before, next)) this.#beforeSwitch(this, next.active)
    const wasDeployed = { blue: this.#isDeployed('blue'), green: this.#isDeployed('green') }
    this.#deployment = next
    const isAccepting = next.kind === 'announced' && next.accepting
    this.#acceptingSince = isAccepting ? (this.#acceptingSince ?? this.#time.now) : undefined
    if (next.kind === 'cut over' || next.kind === 'rolled back') this.#turns += 1
    if (isSwitch(before, next)) {
      this.#switches += 1
      this.#lastServedAt[before.active] = this.#time.now
    }
    for (const strategy of ['blue', 'green'] as const) {
      const isWanted = this.#isDeployed(strategy)
      if (isWanted && !wasDeployed[strategy]) this.engines[strategy] = this.#startEngine(strategy)
      if (!isWanted && this.engines[strategy]) this.#stopEngine(strategy)
    }
    for (const engine of Object.values(this.engines)) if (engine) engine.occasions += 1
    this.proxies.learn(next, () => this.#noteService())
    this.#history.write(this.#time.now, `${this.name}: ${describeDeployment(next)}`)
  }

  #retireWhenIdle(patienceMs = Number.POSITIVE_INFINITY, waitedMs = 0): void {
    const state = this.#deployment
    if (state.kind !== 'cut over' && state.kind !== 'rolled back') return
    const isIdle = (this.engines[state.draining]?.held ?? 0) === 0 && this.proxies.agree
    const next = takeStep(state, { kind: 'retire', at: this.#time.now })
    if (next && (isIdle || waitedMs >= patienceMs)) {
      this.#become(next)
      return
    }
    this.#time.schedule(LOOK_EVERY_MS, () => {
      if (this.#deployment === state) this.#retireWhenIdle(patienceMs, waitedMs + LOOK_EVERY_MS)
    })
  }

  #startEngine(strategy: Strategy): SimulatedEngine {
    this.#started += 1
    return new SimulatedEngine(strategy, `${strategy}-${this.#started}.${this.name}`, this.#environment)
  }

  /** What it was working on, the proxy answers for it. */
  #stopEngine(strategy: Strategy): void {
    const engine = this.engines[strategy]
    this.engines[strategy] = undefined
    for (const [call, work] of this.#underWay) {
      if (work.engine !== engine) continue
      this.#underWay.delete(call)
      work.answer({ kind: 'status', status: WORDINGS.engineGone }, undefined)
    }
    this.#noteService()
  }

  #noteService(): void {
    const isThere = (strategy: Strategy) => this.#availability === 'active' && this.engines[strategy]
    const serves = (strategy: Strategy) => (route: Deployment) => this.#serves(route, strategy, 'new')
    const strategies = (['blue', 'green'] as const).filter(isThere)
    this.#services.push({
      from: this.#time.now,
      somewhere: strategies.filter((strategy) => this.proxies.some(serves(strategy))),
      everywhere: strategies.filter((strategy) => this.proxies.every(serves(strategy))),
    })
  }
}
