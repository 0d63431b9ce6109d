import { isStrategy, type Strategy } from '../deployment/strategy.ts'

/**
 * A report of a process that uses the cluster: its current state, its counts since it was started, and the events since
 * its last report. Times are milliseconds since 1970, durations milliseconds.
 */
export interface ProgramReport {
  name: string
  host: string
  pid: number
  active?: Strategy
  pending?: Strategy
  /** Whether the pending deployment has accepted a login. */
  pendingReady: boolean
  epoch: number
  /** Running queries, by strategy. */
  inFlight: Record<Strategy, number>
  /** Calls that wait because both deployments refuse. */
  held: number
  totals: ProgramTotals
  /** Time from the statement to the first row, for the queries that ended since the last report. */
  latenciesMs: number[]
  /** The events since the last report. */
  happened: ProgramMoment[]
  /** Running queries, and some that have ended. */
  queries: ProgramQuery[]
  /** Queries that failed since the last report, or some of them. */
  failures: ProgramFailure[]
}

/** A query that failed, with the message that its program got. */
export interface ProgramFailure {
  at: number
  code: string
  message: string
  strategy?: Strategy
  queryId?: string
}

/** Counts since the program was started. */
export interface ProgramTotals {
  /** Queries that succeeded, by strategy. */
  ended: Record<Strategy, number>
  failed: number
  /** Queries run again from the start, transparently. */
  restarted: number
  authenticate: number
  /** Calls that a deployment refused. */
  refused: number
}

export const PROGRAM_MOMENT_KINDS = ['moved', 'held', 'released'] as const

export interface ProgramMoment {
  at: number
  kind: (typeof PROGRAM_MOMENT_KINDS)[number]
  strategy?: Strategy
}

export const PROGRAM_QUERY_STATES = ['running', 'finished', 'failed', 'cancelled'] as const

export interface ProgramQuery {
  id: string
  strategy: Strategy
  state: (typeof PROGRAM_QUERY_STATES)[number]
  startedAt: number
  rows?: number
  durationMs?: number
}

/** An invalid report; the message has the reason. */
export class ReportError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ReportError'
  }
}

const LONGEST_TEXT = 200
const MOST_ENTRIES = 10_000

/** Reads a report from JSON. @throws ReportError */
export function readReport(body: unknown): ProgramReport {
  const report = recordOf('the report', body)
  const totals = recordOf('totals', report.totals)
  return {
    name: text('name', report.name),
    host: text('host', report.host),
    pid: count('pid', report.pid),
    ...optionalStrategy('active', report.active),
    ...optionalStrategy('pending', report.pending),
    pendingReady: report.pendingReady === true,
    epoch: count('epoch', report.epoch),
    inFlight: byStrategy('inFlight', report.inFlight),
    held: count('held', report.held),
    totals: {
      ended: byStrategy('totals.ended', totals.ended),
      failed: count('totals.failed', totals.failed),
      restarted: count('totals.restarted', totals.restarted),
      authenticate: count('totals.authenticate', totals.authenticate),
      refused: count('totals.refused', totals.refused),
    },
    latenciesMs: list('latenciesMs', report.latenciesMs).map((value) => count('latenciesMs', value)),
    happened: list('happened', report.happened).map(readMoment),
    queries: list('queries', report.queries).map(readQuery),
    // Programs of an older version send none.
    failures: list('failures', report.failures ?? []).map(readFailure),
  }
}

function readFailure(value: unknown): ProgramFailure {
  const failure = recordOf('failures', value)
  return {
    at: count('failures.at', failure.at),
    code: text('failures.code', failure.code),
    message: text('failures.message', failure.message),
    ...optionalStrategy('strategy', failure.strategy),
    ...(failure.queryId === undefined ? {} : { queryId: text('failures.queryId', failure.queryId) }),
  }
}

function readMoment(value: unknown): ProgramMoment {
  const moment = recordOf('happened', value)
  return {
    at: count('happened.at', moment.at),
    kind: oneOf('happened.kind', PROGRAM_MOMENT_KINDS, moment.kind),
    ...optionalStrategy('strategy', moment.strategy),
  }
}

function readQuery(value: unknown): ProgramQuery {
  const query = recordOf('queries', value)
  const { strategy } = query
  if (!isStrategy(strategy)) throw new ReportError("queries.strategy must be 'blue' or 'green'")
  return {
    id: text('queries.id', query.id),
    strategy,
    state: oneOf('queries.state', PROGRAM_QUERY_STATES, query.state),
    startedAt: count('queries.startedAt', query.startedAt),
    ...(query.rows === undefined ? {} : { rows: count('queries.rows', query.rows) }),
    ...(query.durationMs === undefined ? {} : { durationMs: count('queries.durationMs', query.durationMs) }),
  }
}

function recordOf(name: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ReportError(`${name} must be an object`)
}

function list(name: string, value: unknown): unknown[] {
  if (Array.isArray(value) && value.length <= MOST_ENTRIES) return value
  throw new ReportError(`${name} must be a list of at most ${MOST_ENTRIES} entries`)
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT) return value
  throw new ReportError(`${name} must be a string of 1 to ${LONGEST_TEXT} characters`)
}

function count(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new ReportError(`${name} must be a number, not below 0`)
}

function byStrategy(name: string, value: unknown): Record<Strategy, number> {
  const { blue, green } = recordOf(name, value)
  return { blue: count(`${name}.blue`, blue), green: count(`${name}.green`, green) }
}

function optionalStrategy<Name extends string>(name: Name, value: unknown): { [Key in Name]?: Strategy } {
  if (value === undefined || value === null) return {}
  if (isStrategy(value)) return { [name]: value } as { [Key in Name]?: Strategy }
  throw new ReportError(`${name} must be 'blue' or 'green'`)
}

function oneOf<Value extends string>(name: string, values: readonly Value[], value: unknown): Value {
  const found = values.find((each) => each === value)
  if (found !== undefined) return found
  throw new ReportError(`${name} must be one of ${values.join(', ')}`)
}
