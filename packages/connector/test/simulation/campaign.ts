import { drawSchedule } from './draw-schedule.ts'
import { Random } from './random.ts'
import { type RunOptions, type RunOutcome, runSchedule } from './run-schedule.ts'
import type { Violation, ViolationKind } from './watch.ts'
import type { Job } from './workers.ts'

/** The size of a campaign. */
export interface CampaignSize {
  readonly seed: number
  /** Switches planned; some are taken back after the cut-over and made again, which makes a few more. */
  readonly switches: number
  /** @default 1000 */
  readonly queriesPerSwitch?: number
}

/** One of the runs that a campaign is made of. Each has a seed of its own and nothing to do with the others. */
export interface PlannedRun {
  readonly number: number
  readonly seed: number
  readonly switches: number
  readonly queriesPerSwitch: number
}

/** The outcome of a run, which can be sent between processes. */
export interface RunReport<Run extends Job = PlannedRun> {
  readonly run: Run
  readonly digest: string
  readonly queries: number
  readonly switches: number
  readonly rows: number
  readonly crashed: number
  readonly authenticateCalls: number
  readonly excused: Readonly<Record<string, number>>
  readonly counts: Readonly<Partial<Record<ViolationKind, number>>>
  readonly violations: readonly Violation[]
}

/** A run that is short can be looked through, and cut down in little time; what needs many switches still has room. */
const SWITCHES_PER_RUN = 5

export const DEFAULT_QUERIES_PER_SWITCH = 1000

/** Splits a campaign into runs. The split does not depend on the processes that carry it out. */
export function planRuns({
  seed,
  switches,
  queriesPerSwitch = DEFAULT_QUERIES_PER_SWITCH,
}: CampaignSize): PlannedRun[] {
  const count = Math.ceil(switches / SWITCHES_PER_RUN)
  return Array.from({ length: count }, (_, number) => ({
    number,
    seed: new Random(seed, number).below(2 ** 32),
    switches: Math.min(SWITCHES_PER_RUN, switches - number * SWITCHES_PER_RUN),
    queriesPerSwitch,
  }))
}

export function scheduleOf({ seed, switches, queriesPerSwitch }: PlannedRun) {
  return drawSchedule(seed, { switches, queriesPerSwitch })
}

export async function carryOutRun(run: PlannedRun, options?: RunOptions): Promise<RunReport> {
  return reportOf(run, await runSchedule(scheduleOf(run), options))
}

/** What can be sent of a run that has ended. */
export function reportOf<Run extends Job>(run: Run, outcome: RunOutcome): RunReport<Run> {
  const { digest, tally, switches, counts, violations } = outcome
  const { queries, rows, crashed, authenticateCalls, excused } = tally
  return {
    ...{ run, digest, queries, switches, rows, crashed, authenticateCalls, violations },
    excused: Object.fromEntries(excused),
    counts: Object.fromEntries(counts),
  }
}

/** The result of a campaign, as programs read it. */
export interface CampaignResult {
  readonly seed: number
  readonly switches: number
  readonly queries: number
  /** Queries that failed though the rules say that they must succeed. */
  readonly failed: number
  readonly lostRows: number
  readonly repeatedRows: number
  readonly mixedResults: number
  readonly authenticateCalls: number
  readonly rows: number
  readonly runs: number
  /** Queries that failed as the rules allow, by reason. None does in a run in which only announced switches happen. */
  readonly excused: Readonly<Record<string, number>>
  /** Queries whose process was killed under them. */
  readonly crashed: number
  /** Everything that was found wrong, by kind. */
  readonly violations: Readonly<Partial<Record<ViolationKind, number>>>
  /** Of the digests of all runs, in their order. */
  readonly digest: string
}

/** Violations that count as a failed query, in addition to failed queries. */
const FAILURES: readonly ViolationKind[] = [
  'a query failed that the rules say must succeed',
  'an error of no type of this connector',
  'nothing ended',
]

/** Adds up what became of all runs. */
export function resultOf(seed: number, reports: readonly RunReport<Job>[], digest: string): CampaignResult {
  const total = (count: (report: RunReport<Job>) => number) => reports.reduce((sum, report) => sum + count(report), 0)
  const violations = sumsOf(reports.map(({ counts }) => counts))
  const found = (kind: ViolationKind) => violations[kind] ?? 0
  return {
    seed,
    switches: total(({ switches }) => switches),
    queries: total(({ queries }) => queries),
    failed: FAILURES.reduce((sum, kind) => sum + found(kind), 0),
    lostRows: found('rows were lost'),
    repeatedRows: found('rows were repeated'),
    mixedResults: found('rows of two runs were mixed'),
    authenticateCalls: total(({ authenticateCalls }) => authenticateCalls),
    rows: total(({ rows }) => rows),
    runs: reports.length,
    excused: sumsOf(reports.map(({ excused }) => excused)),
    crashed: total(({ crashed }) => crashed),
    violations,
    digest,
  }
}

function sumsOf<Name extends string>(counts: readonly Readonly<Partial<Record<Name, number>>>[]): Record<Name, number> {
  const sums = new Map<string, number>()
  for (const count of counts) {
    for (const [name, value] of Object.entries(count)) sums.set(name, (sums.get(name) ?? 0) + Number(value))
  }
  return Object.fromEntries([...sums].sort(([a], [b]) => a.localeCompare(b))) as Record<Name, number>
}
