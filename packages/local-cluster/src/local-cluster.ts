import type { ResolvedClusterOptions } from './cluster-options.ts'
import type { Availability } from './deployment/admission.ts'
import { type DeployOptions, runDeployment } from './deployment/deploy.ts'
import type { DeploymentState } from './deployment/deployment-state.ts'
import * as steps from './deployment/deployment-state.ts'
import { otherStrategy, STRATEGIES, type Strategy } from './deployment/strategy.ts'
import type { AccessTokens, TokensByUser } from './engine/access-tokens.ts'
import type { PlannerQueueAnswer } from './engine/engine-control.ts'
import type { QueryFacts } from './engine/query.ts'
import type { Session } from './engine/sessions.ts'
import type { ClusterEvents, EventHub } from './events/cluster-events.ts'
import type { Fault } from './faults/fault.ts'
import type { FaultHandle, FaultRegistry } from './faults/fault-registry.ts'
import type { EngineSlot, EngineState } from './fleet/engine-slot.ts'
import type { CallLog } from './router/call-log.ts'
import type { CallRecord } from './router/call-record.ts'
import type { Router, TlsOptions } from './router/router.ts'
import { waitUntil } from './waiting/wait-until.ts'

/** A session, and the strategy of the engine that issued it. */
export interface ClusterSession extends Session {
  strategy: Strategy
}

/** A query, and the strategy of its engine. */
export interface ClusterQuery extends QueryFacts {
  strategy: Strategy
}

/** The parts of a cluster. */
export interface ClusterParts {
  options: ResolvedClusterOptions
  slots: Readonly<Record<Strategy, EngineSlot>>
  router: Router
  /** The access tokens that the cluster service accepts. */
  accessTokens: AccessTokens
  faults: FaultRegistry
  log: CallLog
  events: EventHub
  status: ClusterStatus
  host: string
  port: number
  /** Functions that stop what was started, in this order. */
  closers: readonly (() => Promise<void>)[]
}

/** The state that changes while the cluster runs. */
export interface ClusterStatus {
  deployment: DeploymentState
  availability: Availability
  adminUrl: string | undefined
  consoleUrl: string | undefined
}

const DEFAULT_WAIT_MS = 10_000

/** A running local cluster: two engines behind a router that switches clients from one to the other. */
export class LocalCluster implements AsyncDisposable {
  readonly #parts: ClusterParts
  #closing: Promise<void> | undefined
  #resumeTimer: NodeJS.Timeout | undefined
  /** The last step of a switch. Steps take effect one after another, with their announcements to the engines. */
  #step: Promise<unknown> = Promise.resolve()

  constructor(parts: ClusterParts) {
    this.#parts = parts
  }

  /** The URL for `connect()`, with user and token. */
  get url(): string {
    const { options, host, port } = this.#parts
    const user = `${encodeURIComponent(this.username)}:${encodeURIComponent(this.password)}`
    const place = `${encodeURIComponent(options.catalog)}/${encodeURIComponent(options.database)}`
    const query = new URLSearchParams({
      'cluster-name': options.clusterName,
      secure: String(options.tls !== undefined),
    })
    return `e6data://${user}@${host}:${port}/${place}?${query}`
  }

  get host(): string {
    return this.#parts.host
  }

  get port(): number {
    return this.#parts.port
  }

  /** The address of the admin API; `undefined` when there is none. */
  get adminUrl(): string | undefined {
    return this.#parts.status.adminUrl
  }

  /** The address of the console, with its token after the `#`; `undefined` when there is none. */
  get consoleUrl(): string | undefined {
    return this.#parts.status.consoleUrl
  }

  get username(): string {
    return Object.keys(this.#parts.options.users)[0] ?? ''
  }

  get password(): string {
    return this.#parts.options.users[this.username] ?? ''
  }

  get catalog(): string {
    return this.#parts.options.catalog
  }

  get database(): string {
    return this.#parts.options.database
  }

  get clusterName(): string {
    return this.#parts.options.clusterName
  }

  /** The state of the deployments. */
  get state(): DeploymentState {
    return this.#parts.status.deployment
  }

  get availability(): Availability {
    return this.#parts.status.availability
  }

  /** The state of each engine. */
  get engines(): Readonly<Record<Strategy, EngineState>> {
    const { blue, green } = this.#parts.slots
    return { blue: blue.state, green: green.state }
  }

  /** The strategy that new work belongs to. */
  get active(): Strategy {
    return this.state.active
  }

  /** Announces `next` in the answers of the active deployment. @default next the other strategy, accepting true */
  announce(next: Strategy = otherStrategy(this.active), { accepting = true } = {}): Promise<void> {
    return this.#take('announce', (state) => steps.announce(state, next, accepting))
  }

  /** Makes the announced deployment accept clients. */
  accept(strategy: Strategy): Promise<void> {
    return this.#take('accept', (state) => steps.accept(state, strategy))
  }

  /** Routes new work to the other deployment; running queries may finish. @default accepting true */
  cutOver({ accepting = true } = {}): Promise<void> {
    return this.#take('cut over', (state) => steps.cutOver(state, accepting))
  }

  /** Retires the draining deployment: it refuses everything, and its sessions and queries end. */
  async retire(strategy: Strategy): Promise<void> {
    await this.#take('retire', (state) => steps.retire(state, strategy))
    const { slots } = this.#parts
    await slots[strategy].ask((control) => Promise.all([control.expireSessions(), control.cancelQueries()]))
  }

  /** Rolls a switch back, before or after its cut-over. */
  rollBack(): Promise<void> {
    return this.#take('roll back', steps.rollBack)
  }

  /** Switches to the other deployment in all steps: announce, accept, cut over, drain, retire. */
  deploy(options: DeployOptions = {}): Promise<void> {
    return runDeployment(this, options)
  }

  /** Suspends the cluster: query calls get 503, and sessions and queries end. */
  async suspend(): Promise<void> {
    clearTimeout(this.#resumeTimer)
    this.#setAvailability('suspended')
    const { slots } = this.#parts
    for (const strategy of STRATEGIES) {
      await slots[strategy].ask((control) => Promise.all([control.expireSessions(), control.cancelQueries()]))
    }
  }

  /** Resumes the cluster, and resolves when it is active. */
  async resume(): Promise<void> {
    this.beginResume()
    await waitUntil(
      (listen) => this.on('availability', listen),
      () => this.availability === 'active',
      {
        timeoutMs: this.#parts.options.resumeMs + DEFAULT_WAIT_MS,
        what: 'resuming the cluster',
      },
    )
  }

  /** Starts to resume, as the cluster service does: the cluster is active after `resumeMs`. */
  beginResume(): void {
    if (this.availability !== 'suspended') return
    this.#setAvailability('resuming')
    this.#resumeTimer = setTimeout(() => this.#setAvailability('active'), this.#parts.options.resumeMs)
  }

  /** Kills an engine, as a crash would. The router answers 502 for it until it is restarted. */
  async kill(strategy: Strategy): Promise<void> {
    await this.#parts.slots[strategy].kill()
  }

  /** Restarts an engine that was killed or runs. Its sessions and queries end. */
  async restart(strategy: Strategy): Promise<void> {
    await this.#parts.slots[strategy].restart()
    await this.#tellAnnouncements()
  }

  /** Injects a fault into future calls. */
  inject(fault: Fault): FaultHandle {
    return this.#parts.faults.inject(fault)
  }

  /** The active faults. */
  faults(): FaultHandle[] {
    return this.#parts.faults.list()
  }

  /** Removes all faults. */
  clearFaults(): void {
    this.#parts.faults.clear()
  }

  /** The recorded calls, oldest first. */
  calls(): CallRecord[] {
    return this.#parts.log.list()
  }

  clearCalls(): void {
    this.#parts.log.clear()
  }

  /** Resolves with the calls once they fulfill a condition, which is checked when a call arrives and when it ends. */
  async whenCalls(
    wanted: (calls: readonly CallRecord[]) => boolean,
    { timeoutMs = DEFAULT_WAIT_MS }: { timeoutMs?: number } = {},
  ): Promise<CallRecord[]> {
    const { log } = this.#parts
    await waitUntil(
      (listen) => log.onChange(listen),
      () => wanted(log.live),
      { timeoutMs, what: 'the expected calls' },
    )
    return log.list()
  }

  /** Resolves when no query runs on a strategy. */
  async whenIdle(strategy: Strategy, { timeoutMs = DEFAULT_WAIT_MS }: { timeoutMs?: number } = {}): Promise<void> {
    const idle = async () => (await this.#queriesOf(strategy)).every(({ state }) => ENDED.has(state))
    // Queries end with a call, or with their engine.
    const subscribe = (look: () => void) => {
      const stops = [this.on('call', look), this.on('engine', look)]
      return () => {
        for (const stop of stops) stop()
      }
    }
    await waitUntil(subscribe, idle, { timeoutMs, what: `the end of ${strategy}'s queries` })
  }

  async sessions(): Promise<ClusterSession[]> {
    const all = await Promise.all(
      STRATEGIES.map(async (strategy) => {
        const sessions = (await this.#parts.slots[strategy].ask((control) => control.sessions())) ?? []
        return sessions.map((session) => ({ ...session, strategy }))
      }),
    )
    return all.flat()
  }

  /** Expires all sessions of a strategy. @default both strategies */
  async expireSessions(strategy?: Strategy): Promise<void> {
    for (const each of strategy === undefined ? STRATEGIES : [strategy]) {
      await this.#parts.slots[each].ask((control) => control.expireSessions())
    }
  }

  /** Revokes a session. @returns whether it existed. */
  async revokeSession(id: string): Promise<boolean> {
    return this.#askBoth((control) => control.revokeSession(id))
  }

  /** Renews a session: the next answer carries a new session id. @returns whether the session exists. */
  async renewSession(id: string): Promise<boolean> {
    return this.#askBoth((control) => control.renewSession(id))
  }

  /** The queries of both engines: running ones first, then recent ones. */
  async queries(): Promise<ClusterQuery[]> {
    return (await Promise.all(STRATEGIES.map((strategy) => this.#queriesOf(strategy)))).flat()
  }

  /** Cancels a query, as its user would. @returns whether it existed. */
  async cancelQuery(id: string): Promise<boolean> {
    return this.#askBoth((control) => control.cancelQuery(id))
  }

  /** Replaces the users of a strategy. @default both strategies */
  async setUsers(users: Readonly<Record<string, string>>, strategy?: Strategy): Promise<void> {
    for (const each of strategy === undefined ? STRATEGIES : [strategy]) {
      await this.#parts.slots[each].ask((control) => control.setUsers(users))
    }
  }

  /** Replaces the access tokens of a strategy. @default both strategies and the cluster service */
  async setAccessTokens(tokens: TokensByUser, strategy?: Strategy): Promise<void> {
    if (strategy === undefined) this.#parts.accessTokens.replace(tokens)
    for (const each of strategy === undefined ? STRATEGIES : [strategy]) {
      await this.#parts.slots[each].ask((control) => control.setAccessTokens(tokens))
    }
  }

  /** Sets the next answers of `identifyPlanner`, in order; later ones are GO_AHEAD. */
  async setPlannerQueue(answers: readonly PlannerQueueAnswer[], strategy: Strategy = this.active): Promise<void> {
    await this.#parts.slots[strategy].ask((control) => control.setPlannerQueue(answers))
  }

  /** Closes all client connections, as a network failure would. */
  dropConnections(): void {
    this.#parts.router.dropConnections()
  }

  /** Uses another certificate for new connections. */
  useCertificate(tls: TlsOptions): void {
    this.#parts.router.useCertificate(tls)
  }

  /** Listens to an event. @returns a function that stops listening. */
  on<Name extends keyof ClusterEvents>(name: Name, listener: (event: ClusterEvents[Name]) => void): () => void {
    return this.#parts.events.on(name, listener)
  }

  /** Stops all processes and removes all files. May be called more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    clearTimeout(this.#resumeTimer)
    const { faults, router, closers } = this.#parts
    faults.clear()
    await router.close()
    for (const close of closers) await close()
  }

  #take(step: string, next: (state: DeploymentState) => DeploymentState): Promise<void> {
    const taken = this.#step.then(async () => {
      const { status, events } = this.#parts
      const from = status.deployment
      status.deployment = next(from)
      await this.#tellAnnouncements()
      events.emit('deployment', { step, from, to: status.deployment, at: Date.now() })
    })
    this.#step = taken.catch(() => undefined)
    return taken
  }

  async #tellAnnouncements(): Promise<void> {
    const { slots, status } = this.#parts
    await Promise.all(
      STRATEGIES.map((strategy) =>
        slots[strategy].ask((control) => control.announce(steps.announcementOf(status.deployment, strategy))),
      ),
    )
  }

  #setAvailability(to: Availability): void {
    const { status, events } = this.#parts
    const from = status.availability
    status.availability = to
    events.emit('availability', { from, to, at: Date.now() })
  }

  async #queriesOf(strategy: Strategy): Promise<ClusterQuery[]> {
    const queries = (await this.#parts.slots[strategy].ask((control) => control.queries())) ?? []
    return queries.map((query) => ({ ...query, strategy }))
  }

  async #askBoth(question: Parameters<EngineSlot['ask']>[0]): Promise<boolean> {
    const answers = await Promise.all(STRATEGIES.map((strategy) => this.#parts.slots[strategy].ask(question)))
    return answers.includes(true)
  }
}

const ENDED: ReadonlySet<string> = new Set(['finished', 'failed', 'cancelled', 'cleared'])
