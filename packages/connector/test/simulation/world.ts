import type { Connection } from '../../src/connection.ts'
import { E6dataError } from '../../src/errors.ts'
import type { StrategyEvents } from '../../src/observability/events.ts'
import type { ConnectOptions } from '../../src/options/connect-options.ts'
import { otherStrategy } from '../../src/types/strategy.ts'
import { CallInspection } from './call-inspection.ts'
import type { Exchange } from './exchange.ts'
import { FaultBook } from './fault-book.ts'
import type { History } from './history.ts'
import { Operation } from './operation.ts'
import { excuseOf } from './oracle.ts'
import { PROGRAMS } from './programs.ts'
import { Random } from './random.ts'
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  type Decision,
  type DeploymentDecision,
  type MishapDecision,
  type OperationDecision,
  type Schedule,
  type TimedDecision,
} from './schedule.ts'
import { SimulatedCluster } from './simulated-cluster.ts'
import type { EngineSurroundings } from './simulated-engine.ts'
import { SimulatedHost } from './simulated-host.ts'
import { SimulatedNetwork } from './simulated-network.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { SimulatedTime } from './simulated-time.ts'
import { StrategyInspection } from './strategy-inspection.ts'
import { Watch } from './watch.ts'

/** How long closing waits for what runs, by default, in milliseconds. */
const DRAIN_MS = 5000

/** What a run has counted. */
export interface Tally {
  queries: number
  rows: number
  authenticateCalls: number
  sessionsUsed: number
  /** Failures that the rules allow, by reason. */
  readonly excused: Map<string, number>
  /** Operations whose process died under them. */
  crashed: number
}

/** Everything that is simulated, put together: one host of processes, and the clusters they talk to. */
export class World {
  readonly time = new SimulatedTime()
  readonly watch: Watch
  readonly tally: Tally = { queries: 0, rows: 0, authenticateCalls: 0, sessionsUsed: 0, excused: new Map(), crashed: 0 }
  readonly clusters: readonly SimulatedCluster[]
  readonly processes: SimulatedProcess[]
  readonly #history: History
  readonly #schedule: Schedule
  readonly #host: SimulatedHost
  readonly #network: SimulatedNetwork
  readonly #faults: FaultBook
  readonly #calls: CallInspection
  readonly #strategies: StrategyInspection
  readonly #operations = new Map<number, Operation>()
  readonly #decisions: Map<number, OperationDecision>
  readonly #written = new Map<number, number>()
  readonly #options: ConnectOptions & ConnectionLimits
  readonly #mustSucceed = new Set<number>()
  #generations = 0

  constructor(schedule: Schedule, history: History) {
    const { seed, settings, decisions } = schedule
    this.#schedule = schedule
    this.#history = history
    this.#options = { ...CONNECTION_LIMITS, ...settings.options } as ConnectOptions & ConnectionLimits
    this.watch = new Watch(this.time, history)
    this.#calls = new CallInspection(this.watch, { boundsLogins: !settings.faults })
    this.#strategies = new StrategyInspection(this.time, this.watch, schedule)
    this.#host = new SimulatedHost(this.time, new Random(seed, 3))
    const isFault = (it: Decision) => it.kind === 'fault'
    this.#faults = new FaultBook(decisions.filter(isFault))
    const observer = {
      operationOf: (_: string, request: Exchange['request']) => this.#calls.operationOf(request),
      sent: (call: Exchange) => this.#sent(call),
      ended: (call: Exchange) => this.#ended(call),
    }
    this.#network = new SimulatedNetwork({ time: this.time, history, faults: this.#faults, observer }, settings.tripMs)
    this.clusters = ['alpha', 'beta'].slice(0, settings.clusters).map((name) => this.#makeCluster(name))
    this.#decisions = new Map(
      decisions.filter((it) => it.kind === 'operation').map((decision) => [decision.id, decision]),
    )
    this.processes = Array.from({ length: settings.processes }, (_, index) => this.#startProcess(index))
  }

  /** Another step of the simulation begins. */
  stepBegins(): void {
    this.#strategies.stepBegins()
  }

  /** Puts every decision into its place in time. */
  planDecisions(): void {
    for (const decision of this.#schedule.decisions) {
      if (decision.kind !== 'fault') this.time.schedule(decision.at - this.time.now, () => this.#carryOut(decision))
    }
  }

  get operationsRunning(): number {
    return this.#operations.size
  }

  /** Ends whatever is still wrong. */
  settle(): void {
    this.#faults.clear()
    for (const cluster of this.clusters) cluster.settle()
  }

  /** Operations that must succeed and have not ended yet. */
  get demandsOpen(): number {
    return this.#mustSucceed.size
  }

  /** What does not end, for whoever reads about it. */
  describeRunning(): string {
    return [...this.#operations.values()]
      .map(({ id, connection, decision }) => `#${id} ${connection} ${decision.form}`)
      .join(', ')
  }

  /** Queries that an engine holds though its client could have let go of them. */
  queriesLeft(): string[] {
    const engines = this.clusters.flatMap(({ engines: { blue, green } }) => [blue, green])
    return engines.flatMap((engine) =>
      [...(engine?.queries.values() ?? [])].filter((it) => this.#calls.isLeft(it)).map(({ id }) => id),
    )
  }

  /** Runs one more operation that must succeed, whatever was before. */
  demand(decision: OperationDecision): void {
    this.#mustSucceed.add(decision.id)
    this.begin(decision)
  }

  begin(decision: OperationDecision): void {
    this.#decisions.set(decision.id, decision)
    const process = this.#alive(decision.process)
    if (process) this.time.schedule(0, () => void this.#run(decision, process), process)
  }

  write(text: string): void {
    this.#history.write(this.time.now, text)
  }

  #carryOut(decision: TimedDecision): void {
    switch (decision.kind) {
      case 'operation':
        return this.begin(decision)
      case 'announce':
      case 'accept':
      case 'cut over':
      case 'roll back':
      case 'retire':
        return this.#deploy(decision)
      default:
        this.write(`mishap: ${JSON.stringify(decision)}`)
        return this.#mishap(decision)
    }
  }

  #deploy(decision: DeploymentDecision): void {
    if (!this.clusters[0]!.take(decision)) this.write(`passed over: ${decision.kind}`)
  }

  #mishap(decision: MishapDecision): void {
    const cluster = this.clusters[0]!
    switch (decision.kind) {
      case 'kill':
        return cluster.kill(
          decision.colour === 'active' ? cluster.active : otherStrategy(cluster.active),
          decision.restartAfterMs,
        )
      case 'suspend':
        return cluster.suspend(decision.resumeMs)
      case 'expire sessions':
        return cluster.expireSessions(decision.colour)
      case 'misbehave':
        return cluster.misbehave(decision)
      default:
        return this.#mishapOfProcess(decision)
    }
  }

  #mishapOfProcess(decision: Extract<MishapDecision, { process: number }>): void {
    const process = this.processes[decision.process % this.processes.length]!
    if (process.life === 'gone') return
    switch (decision.kind) {
      case 'drop connections':
        return this.#network.drop(process)
      case 'crash':
        return this.#crash(process, decision.restartAfterMs)
      case 'pause':
        return process.pauseFor(decision.forMs)
      case 'set wall clock':
        return process.clock.setWallClock(decision.byMs)
      case 'lose store':
        this.time.schedule(0, () => process.loseStores(decision.forMs), process)
        return
      case 'close':
        this.time.schedule(0, () => void this.close(process, decision.connection, decision.running), process)
        return
      default:
        return decision satisfies never
    }
  }

  /** Closes a connection of a process; operations on it may end by that. */
  close(process: SimulatedProcess, connection: number, running: 'cancel' | 'drain'): Promise<void> {
    for (const operation of this.#operations.values()) {
      if (operation.process !== process || operation.decision.connection !== connection) continue
      const interfere = () => operation.interferences.add('its connection was closed')
      // What runs is waited for; a statement that would have followed is turned away.
      if (running === 'cancel' || operation.decision.form === 'cursor twice') interfere()
      else this.time.schedule(DRAIN_MS - 1, interfere)
    }
    process.forgotten.delete(`${process.name}.c${connection}`)
    return process.close(connection, running)
  }

  #crash(process: SimulatedProcess, restartAfterMs: number): void {
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
    this.#generations += 1
    return new SimulatedProcess(index, this.#generations, {
      ...{
        time: this.time,
        watch: this.watch,
        host: this.#host,
        network: this.#network,
        clusters: this.clusters,
        seed,
      },
      ...{ store: settings.store, options: this.#options },
      heard: (process, cluster, name, facts) => this.#heard(process, cluster, name, facts),
    })
  }

  #makeCluster(name: string): SimulatedCluster {
    const surroundings: Omit<EngineSurroundings, 'announced'> = {
      operation: (id) => this.#decisions.get(id),
      wrote: (id) => this.#written.set(id, (this.#written.get(id) ?? 0) + 1),
      sessionOpened: (id, engine, call) => this.#calls.sessionOpened(id, engine, call),
      idGiven: (id, engine, call) => this.#calls.idGiven(id, engine, call),
      repeated: (query, call) => this.#calls.repeated(query, call),
      calledAfterEnd: (query, call) => this.#calls.calledAfterEnd(query, call),
    }
    return new SimulatedCluster(name, this.time, this.#history, surroundings, { harsh: this.#schedule.settings.faults })
  }

  /** The process in a place, or another when that one is dead. */
  #alive(index: number): SimulatedProcess | undefined {
    const wanted = this.processes[index % this.processes.length]!
    return wanted.life === 'gone' ? this.processes.find(({ life }) => life !== 'gone') : wanted
  }

  async #run(decision: OperationDecision, process: SimulatedProcess): Promise<void> {
    const cluster = process.clusterOf(decision.connection)
    const beganAt = process.openingSince(decision.connection) ?? this.time.now
    const operation = new Operation(decision, process, cluster, beganAt, this.watch)
    this.#operations.set(decision.id, operation)
    this.tally.queries += 1
    process.operationsRunning += 1
    this.write(`${operation.connection} #${decision.id} begins: ${decision.form}`)
    let outcome: { error: unknown } | undefined
    try {
      const connection = await process.connection(decision.connection)
      await PROGRAMS[decision.form]({
        ...{ operation, connection, limits: this.#limitsOf(operation) },
        pause: (ms) => this.#pause(process, ms),
        elsewhere: () => this.#elsewhere(process, decision.connection),
      })
    } catch (error) {
      outcome = { error }
    }
    process.operationsRunning -= 1
    this.#judge(operation, outcome)
    this.#operations.delete(decision.id)
    this.#mustSucceed.delete(decision.id)
  }

  #limitsOf(operation: Operation): { signal?: AbortSignal; timeoutMs?: number } {
    const { giveUp } = operation.decision
    if (giveUp === undefined) return {}
    if (giveUp.by === 'timeout') return { timeoutMs: giveUp.afterMs }
    const abort = new AbortController()
    this.time.schedule(
      giveUp.afterMs,
      () => {
        operation.interferences.add('its signal fired')
        abort.abort()
      },
      operation.process,
    )
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

  #judge(operation: Operation, failure: { error: unknown } | undefined): void {
    const { id, beganAt, process } = operation
    this.tally.rows += operation.rowsSeen
    const writes = this.#written.get(id) ?? 0
    if (writes > 1) this.watch.report('a statement that writes was carried out twice', `#${id}, ${writes} times`)
    if (!failure) {
      this.write(`${operation.connection} #${id} succeeds`)
      if (operation.writes && writes === 0) this.watch.report('an outcome was not true', `#${id} says it wrote`)
      return
    }
    const { error } = failure
    const { strategyProbeTimeoutMs } = this.#options
    this.write(`${operation.connection} #${id} fails: ${String(error)}`)
    if (!(error instanceof E6dataError)) {
      const stack = error instanceof Error ? error.stack : String(error)
      return this.watch.report('an error of no type of this connector', `#${id}: ${stack}`)
    }
    if (operation.writes && writes > 0 && error.outcome !== 'unknown') {
      this.watch.report('an outcome was not true', `#${id} wrote, and says ${error.outcome}: ${error}`)
    }
    const evidence = {
      ...{ operation, now: this.time.now, limits: this.#options },
      ended: operation.calls.filter(({ end }) => end !== undefined).sort((a, b) => a.endedAt - b.endedAt),
      troubledLogins: process.troubledLogins.filter(({ endedAt }) => endedAt >= beganAt),
      earlierLogins: process.troubledLogins.filter(
        ({ endedAt }) => endedAt < beganAt && endedAt >= beganAt - strategyProbeTimeoutMs,
      ),
    }
    const faults = this.#schedule.settings.faults && !this.#mustSucceed.has(id)
    const excuse = excuseOf(error, evidence, { faults })
    if (excuse !== undefined) this.tally.excused.set(excuse, (this.tally.excused.get(excuse) ?? 0) + 1)
    else
      this.watch.report('a query failed that the rules say must succeed', `#${id} ${operation.decision.form}: ${error}`)
  }

  #sent(call: Exchange): void {
    if (call.step === 'login') this.tally.authenticateCalls += 1
    if (call.operation !== undefined) this.#operations.get(call.operation)?.calls.push(call)
    this.#calls.sent(call)
  }

  #ended(call: Exchange): void {
    this.#calls.ended(call)
    if (call.step === 'login' && call.end !== 'answered') call.process.troubledLogins.push(call)
    const cluster = this.clusters.find(({ name }) => name === call.headers.get('cluster-name'))
    if (cluster) this.#strategies.ended(call, cluster)
  }

  #heard<Name extends keyof StrategyEvents>(
    process: SimulatedProcess,
    cluster: SimulatedCluster,
    name: Name,
    facts: StrategyEvents[Name][0],
  ): void {
    this.write(`${process.name} ${cluster.name} ${name} ${JSON.stringify(facts)}`)
    if (name === 'strategy:transition') {
      this.#strategies.transition(process, cluster, facts as StrategyEvents['strategy:transition'][0])
    } else if (name === 'strategy:ready') {
      this.#strategies.ready(process, cluster, facts as StrategyEvents['strategy:ready'][0])
    } else if (name === 'strategy:cleared')
      this.#strategies.cleared(process, cluster, facts as StrategyEvents['strategy:cleared'][0])
    else if (name === 'strategy:detected') this.#strategies.detected(process, cluster)
  }
}
