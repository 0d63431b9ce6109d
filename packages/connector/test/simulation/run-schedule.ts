import { DEFAULT_STRATEGY_LIMITS } from '../../src/strategy/strategy-state.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import { planDecision } from './carry-out.ts'
import type { Exchange } from './exchange.ts'
import { History } from './history.ts'
import type { Tally } from './judge.ts'
import type { Decision, OperationDecision, Schedule, Settings } from './schedule.ts'
import { SimulatedProcess } from './simulated-process.ts'
import type { Violation, ViolationKind } from './watch.ts'
import { World } from './world.ts'

/** The outcome of a run. */
export interface RunOutcome {
  /** Of every line of its history. */
  readonly digest: string
  readonly tally: Tally
  readonly switches: number
  /** The first of what was found wrong. */
  readonly violations: readonly Violation[]
  readonly counts: ReadonlyMap<ViolationKind, number>
  /** The history itself, where it was asked for. */
  readonly lines: readonly string[]
}

/** Counts what happens in a run. */
export interface RunObserver {
  sent(call: Exchange): void
  /** New work of a process goes to another strategy. */
  moved(process: SimulatedProcess, to: Strategy, at: number): void
}

export interface RunOptions {
  /** @default false */
  readonly keepHistory?: boolean
  /** Called for what happens. */
  readonly observer?: RunObserver
  /** Whether the run ends with the first thing that is found wrong. @default false */
  readonly stopAtFirst?: boolean
}

/** All operations end within this after the last decision, in milliseconds, or something hangs. */
const LONGEST_EPILOGUE_MS = 600_000

/** Long enough for every cool-down and every restart, in milliseconds. */
const SETTLING_MS = 30_000

/** How long closing everything may take, in milliseconds. */
const CLOSING_MS = 20_000

const FIRST_EPILOGUE_ID = 1_000_000

/** Runs everything that promises have started, up to the next wait. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Carries out a schedule and looks at everything that happens. The same schedule gives the same history. */
export async function runSchedule(schedule: Schedule, options: RunOptions = {}): Promise<RunOutcome> {
  const history = new History({ keep: options.keepHistory ?? false })
  const world = new World(schedule, history, options.observer)
  const unheard = (reason: unknown) => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
    world.watch.report('a rejection was not handled', text)
  }
  process.on('unhandledRejection', unheard)
  try {
    await new Run(world, schedule, options).toTheEnd()
  } finally {
    process.off('unhandledRejection', unheard)
  }
  return {
    digest: history.digest(),
    tally: world.tally,
    switches: world.clusters.reduce((total, { switches }) => total + switches, 0),
    violations: world.watch.violations,
    counts: world.watch.counts,
    lines: history.lines,
  }
}

class Run {
  readonly #world: World
  readonly #settings: Settings
  readonly #lastAt: number
  readonly #decisions: readonly Decision[]
  readonly #stopAtFirst: boolean

  constructor(world: World, { settings, decisions }: Schedule, { stopAtFirst = false }: RunOptions) {
    this.#world = world
    this.#settings = settings
    this.#lastAt = decisions.reduce((last, it) => ('at' in it ? Math.max(last, it.at) : last), 0)
    this.#decisions = decisions
    this.#stopAtFirst = stopAtFirst
  }

  async toTheEnd(): Promise<void> {
    for (const decision of this.#decisions) if (decision.kind !== 'fault') planDecision(this.#world, decision)
    const phases = [
      () => this.#untilAllEnded(),
      () => this.#forget(),
      () => this.#settle(),
      () => this.#demandConvergence(),
      () => this.#close(),
    ]
    for (const phase of phases) if (!this.#isStopped) await phase()
  }

  get #isStopped(): boolean {
    return this.#stopAtFirst && this.#world.watch.violations.length > 0
  }

  /** Lets time pass until `isDone`, or until `until`. */
  async #advance(until: number, isDone: () => boolean = () => false): Promise<void> {
    const { time } = this.#world
    while (!this.#isStopped && !isDone()) {
      this.#world.stepBegins()
      const event = time.step(until)
      if (!event) return
      if (!event.owner) continue // servers and networks work on their own: no promise waits for this
      await turn()
      if (event.owner instanceof SimulatedProcess) this.#lookAt(event.owner)
    }
  }

  /** A process that does nothing must not keep anything either. */
  #lookAt(process: SimulatedProcess): void {
    if (!process.isQuiet || process.pins <= process.cursorsForgotten) return
    this.#world.watch.report('a pin was left', `${process.name} keeps ${process.pins} while it does nothing`)
  }

  async #untilAllEnded(): Promise<void> {
    const { time } = this.#world
    await this.#advance(this.#lastAt)
    await this.#advance(time.now + LONGEST_EPILOGUE_MS, () => this.#world.operationsRunning === 0)
    this.#demandEnds()
  }

  #demandEnds(): void {
    if (this.#isStopped || this.#world.operationsRunning === 0) return
    this.#world.watch.report('nothing ended', this.#world.describeRunning())
  }

  /** Cursors that were forgotten longer ago than queries may idle keep nothing any more. */
  async #forget(): Promise<void> {
    const { queryIdleTimeoutMs } = this.#settings.options
    if (queryIdleTimeoutMs === undefined) return
    const { time, processes, watch } = this.#world
    await this.#advance(time.now + queryIdleTimeoutMs * 1.25 + SETTLING_MS)
    for (const { name, pins } of processes) {
      if (pins > 0) watch.report('a pin was left', `${name} keeps ${pins} of forgotten cursors`)
    }
  }

  async #settle(): Promise<void> {
    this.#world.settle()
    await this.#advance(this.#world.time.now + SETTLING_MS)
  }

  /** Once all is well again, every connection works, and every process is on the strategy that serves. */
  async #demandConvergence(): Promise<void> {
    const { processes, connections } = this.#settings
    const { time } = this.#world
    let id = FIRST_EPILOGUE_ID
    for (let process = 0; process < processes; process++) {
      for (let connection = 0; connection < connections; connection++) {
        this.#world.demand(epilogueQuery(id++, time.now, process, connection))
      }
    }
    await this.#advance(time.now + LONGEST_EPILOGUE_MS, () => this.#world.demandsOpen === 0)
    this.#demandEnds()
    for (const process of this.#world.processes) {
      for (const [cluster, manager] of process.managers) {
        const active = manager.getSharedStrategy().activeStrategy // however long ago it was confirmed
        // Where the other one takes clients as well, there is no reason to leave it.
        if (active === cluster.active || (this.#settings.standby && active !== undefined)) continue
        const details = `${process.name} is on ${active}, ${cluster.name} on ${cluster.active}`
        this.#world.watch.report('not every process ended on the strategy that serves', details)
      }
    }
  }

  async #close(): Promise<void> {
    const { time, processes, watch } = this.#world
    const closing = processes.flatMap((process) =>
      process.openConnections.map((connection) => this.#world.close(process, connection, 'cancel')),
    )
    let areClosed = false
    void Promise.all(closing).then(() => {
      areClosed = true
    })
    await turn()
    await this.#advance(time.now + CLOSING_MS, () => areClosed)
    if (!areClosed) watch.report('nothing ended', 'closing the connections')
    const { strategyCacheTimeoutMs = DEFAULT_STRATEGY_LIMITS.strategyCacheTimeoutMs } = this.#settings.options
    await this.#advance(time.now + strategyCacheTimeoutMs + CLOSING_MS)
    for (const { name, clock } of processes) {
      const left = clock.foreground.count + clock.background.count
      if (left > 0) watch.report('a timer was left', `${name} has ${left} after all was closed`)
    }
    for (const id of this.#world.queriesLeft()) watch.report('a query was left on its engine', id)
  }
}

function epilogueQuery(id: number, at: number, process: number, connection: number): OperationDecision {
  return {
    kind: 'operation',
    id,
    at,
    process,
    connection,
    form: 'query',
    rows: 5,
    batches: 2,
    executeMs: 1,
    pauseMs: 0,
  }
}
