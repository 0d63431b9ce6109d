import { STRATEGIES, type Strategy } from '../deployment/strategy.ts'
import type { Moment, ProgramFacts, QueryRow } from './feed.ts'
import type { ProgramReport, ProgramTotals } from './program-report.ts'

/** The counts of all reports since the last call of `take`. */
export interface ReportedWindow {
  ended: Record<Strategy, number>
  latenciesMs: number[]
  failed: number
  restarted: number
  refused: number
  authenticate: number
}

interface KnownProgram {
  report: ProgramReport
  heardAt: number
  /** The time of the last report with more failures than the one before. */
  failedAt: number
}

/** A program without a report for this long counts as gone, in milliseconds. */
const FORGET_AFTER_MS = 10_000

/** Age up to which a failure counts as recent, in milliseconds. */
const JUST_FAILED_MS = 60_000

/** Maximum number of programs; a new one replaces the one with the oldest report. */
const MOST_PROGRAMS = 200

/** The programs that report to the console. */
export class ProgramRegistry {
  readonly #programs = new Map<string, KnownProgram>()
  #window = emptyWindow()

  constructor(
    private readonly onMoment: (moment: Moment) => void,
    private readonly now: () => number = Date.now,
  ) {}

  take(report: ProgramReport): void {
    const key = `${report.host} ${report.pid} ${report.name}`
    const known = this.#programs.get(key)
    const before = known?.report.totals
    const hasFailed = before !== undefined && report.totals.failed > before.failed
    const failedAt = hasFailed ? this.now() : (known?.failedAt ?? Number.NEGATIVE_INFINITY)
    this.#programs.delete(key)
    this.#programs.set(key, { report, heardAt: this.now(), failedAt })
    if (this.#programs.size > MOST_PROGRAMS) {
      const [quietest] = this.#programs.keys()
      this.#programs.delete(quietest!)
    }
    // The counts before a program's first report belong to no sample.
    if (before !== undefined) this.#add(before, report)
    for (const { at, kind, strategy } of report.happened) {
      this.onMoment({ at, kind, detail: report.name, ...(strategy === undefined ? {} : { strategy }) })
    }
  }

  get isEmpty(): boolean {
    return this.reports().length === 0
  }

  /** The latest report of each program. */
  reports(): ProgramReport[] {
    const oldest = this.now() - FORGET_AFTER_MS
    for (const [key, { heardAt }] of this.#programs) if (heardAt < oldest) this.#programs.delete(key)
    return [...this.#programs.values()].map(({ report }) => report)
  }

  facts(): ProgramFacts[] {
    this.reports()
    return [...this.#programs.values()]
      .map((known) => factsOf(known, this.now()))
      .sort((a, b) => a.name.localeCompare(b.name) || a.pid - b.pid)
  }

  /** The queries that programs reported, running ones first. */
  queries(): QueryRow[] {
    const rows = this.reports().flatMap(({ name, queries }) => queries.map((query) => ({ ...query, owner: name })))
    return rows.sort(
      (a, b) => Number(b.state === 'running') - Number(a.state === 'running') || b.startedAt - a.startedAt,
    )
  }

  inFlight(): Record<Strategy, number> {
    const sum = { blue: 0, green: 0 }
    for (const { inFlight } of this.reports()) for (const strategy of STRATEGIES) sum[strategy] += inFlight[strategy]
    return sum
  }

  held(): number {
    return this.reports().reduce((sum, { held }) => sum + held, 0)
  }

  takeWindow(): ReportedWindow {
    const window = this.#window
    this.#window = emptyWindow()
    return window
  }

  #add(before: ProgramTotals, { totals, latenciesMs }: ProgramReport): void {
    const window = this.#window
    for (const strategy of STRATEGIES) window.ended[strategy] += grown(before.ended[strategy], totals.ended[strategy])
    for (const name of ['failed', 'restarted', 'refused', 'authenticate'] as const)
      window[name] += grown(before[name], totals[name])
    window.latenciesMs.push(...latenciesMs)
  }
}

/** A count that has fallen was reset. */
function grown(before: number, after: number): number {
  return after >= before ? after - before : after
}

function factsOf({ report, heardAt, failedAt }: KnownProgram, now: number): ProgramFacts {
  const { name, host, pid, active, pending, pendingReady, epoch, inFlight, held, totals } = report
  const { failed, restarted, authenticate } = totals
  const queries = totals.ended.blue + totals.ended.green
  return {
    name,
    host,
    pid,
    active,
    pending,
    pendingReady,
    epoch,
    inFlight,
    held,
    queries,
    failed,
    restarted,
    authenticate,
    agoMs: now - heardAt,
    hasJustFailed: now - failedAt < JUST_FAILED_MS,
  }
}

function emptyWindow(): ReportedWindow {
  return { ended: { blue: 0, green: 0 }, latenciesMs: [], failed: 0, restarted: 0, refused: 0, authenticate: 0 }
}
