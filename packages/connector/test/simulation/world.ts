import type { Connection } from '../../src/connection.ts'
import type { StrategyEvents } from '../../src/observability/events.ts'
import type { ConnectOptions } from '../../src/options/connect-options.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import { CallInspection } from './call-inspection.ts'
import type { Exchange } from './exchange.ts'
import { FaultBook } from './fault-book.ts'
import type { History } from './history.ts'
import { Judge, type Tally } from './judge.ts'
import { Operation } from './operation.ts'
import { isCutOff } from './oracle.ts'
import { PROGRAMS } from './programs.ts'
import { Random } from './random.ts'
import type { RunObserver } from './run-schedule.ts'
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  type OperationDecision,
  type Schedule,
  type Settings,
} from './schedule.ts'
import { SimulatedCluster } from './simulated-cluster.ts'
import type { EngineEnvironment } from './simulated-engine.ts'
import { SimulatedHost } from './simulated-host.ts'
import { SimulatedNetwork } from './simulated-network.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { SimulatedTime } from './simulated-time.ts'
import { StrategyInspection } from './strategy-inspection.ts'
import { Watch } from './watch.ts'

/** How long closing waits for what runs, by default, before it cancels the rest, in milliseconds. */
const DRAIN_MS = 4000

/** How long until somebody looks again whether a process lives, in milliseconds. */
const LOOK_AGAIN_MS = 50

/** Everything that is simulated, put together: one host of processes, and the clusters they talk to. */
export class World {
  readonly time = new SimulatedTime()
  readonly watch: Watch
  readonly tally: Tally = { queries: 0, rows: 0, authenticateCalls: 0, excused: new Map(), crashed: 0 }
  readonly clusters: readonly SimulatedCluster[]
  readonly network: SimulatedNetwork
  readonly processes: SimulatedProcess[]
  readonly #history: History
  readonly #observer: RunObserver | undefined
  readonly #schedule: Schedule
  readonly #options: ConnectOptions & ConnectionLimits
  readonly #hosts: readonly SimulatedHost[]
  readonly #faults: FaultBook
  readonly #calls: CallInspection
  readonly #strategies: StrategyInspection
  readonly #judge: Judge
  readonly #operations = new Map<number, Operation>()
  readonly #decisions = new Map<number, OperationDecision>()
  readonly #mustSucceed = new Set<number>()
  #started = 0
  #waiting = 0

  constructor(schedule: Schedule, history: History, observer?: RunObserver) {
    const { seed, settings, decisions } = schedule
    const { time, tally } = this
    const { faults } = settings
    this.#schedule = schedule
    this.#observer = observer
    this.#history = history
    this.#options = { ...CONNECTION_LIMITS, ...settings.options } as ConnectOptions & ConnectionLimits
    this.watch = new Watch(time, history)
    this.#judge = new Judge({ time, watch: this.watch, tally, limits: this.#options, faults })
    // The next call verifies a strategy without a recent confirmation (rule 11), without a login.
    this.#calls = new CallInspection(this.watch, schedule)
    this.#strategies = new StrategyInspection(time, this.watch, schedule)
    this.#hosts = Array.from(
      { length: settings.hosts ?? 1 },
      (_, host) => new SimulatedHost(time, new Random(seed, 3, ...(host === 0 ? [] : [host]))),
    )
    this.#faults = new FaultBook(decisions.filter((it) => it.kind === 'fault'))
    const eyes = {
      operationOf: (_: string, request: Exchange['request']) => this.#calls.operationOf(request),
      sent: (call: Exchange) => this.#sent(call),
      ended: (call: Exchange) => this.#ended(call),
    }
    this.network = new SimulatedNetwork({ time, history, faults: this.#faults, observer: eyes }, settings.tripMs)
    this.clusters = clustersOf(settings).map((traits) => this.#makeCluster(traits))
    this.processes = Array.from({ length: settings.processes }, (_, index) => this.#startProcess(index))
  }

  /** Another step of the simulation begins. */
  stepBegins(): void {
    this.#strategies.stepBegins()
  }

  /** Lets a program do something: in its own process, or in another when that one is dead. */
  begin(decision: OperationDecision): void {
    this.#decisions.set(decision.id, decision)
    const wanted = this.processes[decision.process % this.processes.length]!
    const process = wanted.life === 'gone' ? this.processes.find(({ life }) => life !== 'gone') : wanted
    if (process) this.time.schedule(0, () => void this.#run(decision, process), process)
    else this.#waitForLife(decision)
  }

  /** All processes are dead: it is done by the first that comes back. */
  #waitForLife(decision: OperationDecision): void {
    this.#waiting += 1
    this.time.schedule(LOOK_AGAIN_MS, () => {
      this.#waiting -= 1
      this.begin(decision)
    })
  }

  /** As `begin`, for what must succeed, whatever was before. */
  demand(decision: OperationDecision): void {
    this.#mustSucceed.add(decision.id)
    this.begin(decision)
  }

  /** Operations that must succeed and have not ended yet. */
  get demandsOpen(): number {
    return this.#mustSucceed.size
  }

  /** How much earlier deployments happen to the second user, who is a canary. */
  get canaryAheadMs(): number | undefined {
    const { otherUser } = this.#schedule.settings
    return otherUser?.kind === 'canary' ? otherUser.aheadMs : undefined
  }

  get operationsRunning(): number {
    return this.#operations.size + this.#waiting
  }

  /** Describes the running operations, for runs that do not end. */
  describeRunning(): string {
    return [...this.#operations.values()]
      .map(({ id, connection, decision }) => `#${id} ${connection} ${decision.form}`)
      .join(', ')
  }

  /** Queries that an engine holds although their client could have released them. */
  queriesLeft(): string[] {
    const engines = this.clusters.flatMap(({ engines: { blue, green } }) => [blue, green])
    const queries = engines.flatMap((engine) => [...(engine?.queries.values() ?? [])])
    return queries.filter((query) => this.#calls.isLeft(query)).map(({ id }) => id)
  }

  /** Ends whatever is still wrong. */
  settle(): void {
    this.#faults.clear()
    for (const cluster of this.clusters) cluster.settle()
  }

  write(text: string): void {
    this.#history.write(this.time.now, text)
  }

  /** Closes a connection of a process; operations on it may end by that. */
  close(process: SimulatedProcess, connection: number, running: 'cancel' | 'drain'): Promise<void> {
    for (const operation of this.#operations.values()) {
      if (operation.process !== process || operation.decision.connection !== connection) continue
      const interfere = () => operation.interferences.add('its connection was closed')
      // Running operations finish; new ones, and those that wait for the connection to open, are refused.
      const isWaitedFor = running === 'drain' && operation.isOneStatement && !process.openingSince(connection)
      if (!isWaitedFor) interfere()
      else this.time.schedule(DRAIN_MS - 1, interfere)
    }
    process.forgotten.delete(`${process.name}.c${connection}`)
    return process.close(connection, running)
  }

  /** Ends a process at once, and starts another in its place after a while. */
  crash(process: SimulatedProcess, restartAfterMs: number): void {
    process.crash()
    for (const [id, operation] of this.#operations) {
      if (operation.process !== process) continue
      this.#operations.delete(id)
      this.tally.crashed += 1
    }
    this.time.schedule(restartAfterMs, () => {
      this.processes[process.index] = this.#startProcess(process.index)
    })
  }

  #startProcess(index: number): SimulatedProcess {
    const { seed, settings } = this.#schedule
    const { time, watch, network, clusters } = this
    this.#started += 1
    return new SimulatedProcess(index, this.#started, {
      ...{ time, watch, network, clusters, seed, store: settings.store, options: this.#options },
      host: this.#hosts[index % this.#hosts.length]!,
      heard: (process, cluster, name, facts) => this.#heard(process, cluster, name, facts),
    })
  }

  #makeCluster({ name, address, user, home }: ClusterPlace): SimulatedCluster {
    const { seed, settings } = this.#schedule
    const environment: Omit<EngineEnvironment, 'announced'> = {
      operation: (id) => this.#decisions.get(id),
      wrote: (id) => this.#judge.wrote(id),
      sessionOpened: (id, engine, call) => this.#calls.sessionOpened(id, engine, call),
      idGiven: (id, engine, call) => this.#calls.idGiven(id, engine, call),
      repeated: (query, call) => this.#calls.repeated(query, call),
      calledAfterEnd: (query, call) => this.#calls.calledAfterEnd(query, call),
    }
    return new SimulatedCluster(name, this.time, this.#history, environment, {
      ...{ address, user, home },
      random: new Random(seed, 5),
      harsh: settings.faults,
      standby: settings.standby === true,
      proxies: settings.proxies,
      beforeSwitch: (cluster, next) => this.#strategies.beforeSwitch(cluster, this.processes, next),
    })
  }

  async #run(decision: OperationDecision, process: SimulatedProcess): Promise<void> {
    const { id, form, connection: place } = decision
    const beganAt = process.openingSince(place) ?? this.time.now
    const operation = new Operation(decision, process, process.clusterOf(place), beganAt, this.watch)
    this.#operations.set(id, operation)
    this.tally.queries += 1
    process.operationsRunning += 1
    this.write(`${operation.connection} #${id} begins: ${form}`)
    try {
      const connection = await process.connection(place)
      await PROGRAMS[form]({
        ...{ operation, connection, limits: this.#limitsOf(operation) },
        pause: (ms) => this.#pause(process, ms),
        elsewhere: () => this.#elsewhere(process, place),
      })
      this.write(`${operation.connection} #${id} succeeds`)
      process.reruns.succeeded(operation.cluster)
      this.#judge.succeeded(operation)
    } catch (error) {
      this.write(`${operation.connection} #${id} fails: ${String(error)}`)
      this.#judge.failed(operation, error, { mustSucceed: this.#mustSucceed.has(id) })
    }
    process.operationsRunning -= 1
    this.#operations.delete(id)
    this.#mustSucceed.delete(id)
  }

  #limitsOf(operation: Operation): { signal?: AbortSignal; timeoutMs?: number } {
    const { giveUp } = operation.decision
    if (giveUp === undefined) return {}
    if (giveUp.by === 'timeout') return { timeoutMs: giveUp.afterMs }
    const abort = new AbortController()
    const fire = () => {
      operation.interferences.add('its signal fired')
      abort.abort()
    }
    this.time.schedule(giveUp.afterMs, fire, operation.process)
    return { signal: abort.signal }
  }

  #pause(process: SimulatedProcess, ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.time.schedule(ms, resolve, process)
    })
  }

  #elsewhere(process: SimulatedProcess, connection: number): Promise<Connection> {
    const isShared = this.#schedule.settings.store === 'shared'
    const other = isShared ? this.processes.find((it) => it !== process && it.life === 'running') : undefined
    return (other ?? process).connection(connection)
  }

  #sent(call: Exchange): void {
    if (call.step === 'login') this.tally.authenticateCalls += 1
    this.#operations.get(call.operation ?? -1)?.calls.push(call)
    this.#observer?.sent(call)
    this.#calls.sent(call)
    this.#strategies.sent(call, call.cluster)
  }

  #ended(call: Exchange): void {
    this.#calls.ended(call)
    if (call.end === 'session-unknown') this.#denied(call)
    if (call.end === 'answered') call.process.answeredAt.set(call.cluster, this.time.now)
    const operation = this.#operations.get(call.operation ?? -1)
    if (operation && isCutOff(call) && !operation.writes) call.process.reruns.cutOff(call.cluster)
    if (call.step === 'login' && call.end !== 'answered') call.process.troubledLogins.push(call)
    this.#strategies.ended(call, call.cluster)
  }

  #denied({ process, connection, method, step, operation }: Exchange): void {
    process.deniedSessions.add(connection)
    const calls = this.#operations.get(operation ?? -1)?.calls ?? []
    const times = calls.filter((it) => it.step === step && it.end === 'session-unknown').length
    if (times > 1) process.deniedTwice.set(`${connection} ${method.name}`, this.time.now)
  }

  #heard<Name extends keyof StrategyEvents>(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    name: Name,
    facts: StrategyEvents[Name][0],
  ): void {
    this.write(`${process.name} ${cluster.name} ${name} ${JSON.stringify(facts)}`)
    this.#strategies.heard(process, cluster, name, facts)
    if (name === 'strategy:transition')
      this.#observer?.moved(process, (facts as StrategyEvents['strategy:transition'][0]).to, this.time.now)
    if (name !== 'strategy:announced') return
    const engine = cluster.engines[(facts as StrategyEvents['strategy:announced'][0]).strategy]
    if (engine) this.#calls.announced(process, engine)
  }
}

/** A cluster as one user sees it. */
interface ClusterPlace {
  readonly name: string
  readonly address: string
  readonly user: string
  readonly home: Strategy
}

/** The clusters of a run: deployments happen to the first, and to that of a canary before it. */
function clustersOf({ clusters, otherUser }: Settings): ClusterPlace[] {
  const first = { name: 'alpha', address: 'alpha', user: 'someone', home: 'blue' } as const
  if (otherUser) {
    const home = otherUser.kind === 'apart' ? 'green' : 'blue'
    return [first, { name: `alpha-${otherUser.kind}`, address: 'alpha', user: otherUser.kind, home }]
  }
  return clusters === 1 ? [first] : [first, { name: 'beta', address: 'beta', user: 'someone', home: 'blue' }]
}
