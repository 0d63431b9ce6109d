import type { Availability } from '../deployment/admission.ts'
import type { DeploymentState } from '../deployment/deployment-state.ts'
import type { Strategy } from '../deployment/strategy.ts'

/**
 * The events that the page receives, as JSON in server-sent events. Times are milliseconds since 1970, durations
 * milliseconds.
 */
export interface Feed {
  /** Sent once, first: what is watched, what the page can do, and what happened before it was opened. */
  hello: Hello
  /** Every half second: the traffic of that half second. */
  sample: Sample
  /** Every five seconds: the traffic of those five seconds, for the charts of an hour. */
  history: Sample
  /** An event that charts mark. */
  moment: Moment
  /** The current state, every second, and at once when a switch takes a step. */
  picture: Picture
}

export interface Hello {
  /** The heading of the page. */
  title: string
  /** A cluster that can be controlled, or programs that are only watched. */
  watches: 'local cluster' | 'programs'
  /** The editor's catalog and database; undefined without an editor. */
  editor: { catalog: string; database: string } | undefined
  sampleMs: number
  /** The last five minutes. */
  samples: readonly Sample[]
  historyMs: number
  /** The last hour. */
  history: readonly Sample[]
  moments: readonly Moment[]
}

/** The counts of one interval, which ended at `at`. */
export interface Sample {
  at: number
  /** The active strategy. */
  active: Strategy | undefined
  /** Queries that ended, and those under way. */
  blue: LaneTraffic
  green: LaneTraffic
  /** Milliseconds from the statement to its first row, over the last 5 s; `undefined` when no query got one. */
  p50: number | undefined
  p99: number | undefined
  /** Failed queries as programs report them; without reports, failed calls as the servers saw them. */
  failed: number
  /** Queries that were run again from the start, transparently. */
  restarted: number
  /** Calls that were refused because they went to the wrong deployment. */
  refused: number
  /** Logins. */
  authenticate: number
  /** Calls that wait now because both deployments refuse. */
  held: number
}

export interface LaneTraffic {
  ended: number
  inFlight: number
  /** Queries that ended per second, over the last 5 s. */
  perSecond: number
}

/** Sums since the console was started. */
export interface Totals {
  queries: number
  failed: number
  refused: number
  authenticate: number
  /** Completed switches. */
  switches: number
}

export const MOMENT_KINDS = [
  'announced',
  'accepting',
  'cut over',
  'retired',
  'rolled back',
  'moved',
  'drained',
  'held',
  'released',
  'suspended',
  'resuming',
  'resumed',
  'engine lost',
  'engine started',
  'fault',
  'fault removed',
  'divergence',
] as const

export interface Moment {
  at: number
  kind: (typeof MOMENT_KINDS)[number]
  strategy?: Strategy
  /** More detail, such as a program's name or the description of a fault. */
  detail?: string
}

/** The state of the deployments; `unknown` until a program has reported. */
export type WatchedState = DeploymentState | { kind: 'unknown' }

export interface Picture {
  at: number
  state: WatchedState
  availability: Availability | undefined
  /** Whether each engine runs; undefined where the console has no access to engines. */
  engines: Readonly<Record<Strategy, EngineFacts>> | undefined
  totals: Totals
  /** What `failed` counts, and who measured the time to the first row. */
  told: { failed: 'queries' | 'calls'; latency: 'programs' | 'servers' }
  programs: readonly ProgramFacts[]
  queries: readonly QueryRow[]
  faults: readonly FaultFacts[]
  /** Failures since the console was started, by kind, the latest first. */
  failures: readonly FailureRow[]
  /** The last completed switch. */
  lastSwitch: SwitchStory | undefined
  /** Whether the demo load runs. */
  load: boolean
  /** Problems that make the picture incomplete, such as an address that does not answer. */
  notices: readonly string[]
}

/** A kind of failure, and the query that met it last. */
export interface FailureRow {
  code: string
  message: string
  /** The program that met it, if known. */
  program?: string
  count: number
  /** The time of the last occurrence. */
  at: number
  strategy?: Strategy
  queryId?: string
  sql?: string
}

/** The effect of a switch on queries. */
export interface SwitchStory {
  from: Strategy
  to: Strategy
  at: number
  endedAt: number
  /** Queries that finished on the old deployment after the cut-over. */
  finished: number
  restarted: number
  failed: number
  /** Increase of the p99 of the time to the first row, in milliseconds; `undefined` when it was not measured. */
  addedWaitMs: number | undefined
}

export interface EngineFacts {
  kind: 'starting' | 'running' | 'dead' | 'stopped'
  pid?: number
  reason?: string
}

/** A process that uses the cluster, by its last report. */
export interface ProgramFacts {
  name: string
  host: string
  pid: number
  active: Strategy | undefined
  pending: Strategy | undefined
  pendingReady: boolean
  epoch: number
  inFlight: Readonly<Record<Strategy, number>>
  held: number
  queries: number
  failed: number
  restarted: number
  authenticate: number
  /** Age of its last report. */
  agoMs: number
  /** Whether one of its queries failed within the last minute. */
  hasJustFailed: boolean
}

export interface QueryRow {
  id: string
  strategy: Strategy
  state: 'running' | 'finished' | 'failed' | 'cancelled' | 'ended'
  /** The statement, if known. */
  sql?: string
  /** The `plannerip` of its engine. */
  engine?: string
  /** The program or user it belongs to. */
  owner?: string
  rows?: number
  startedAt: number
  durationMs?: number
}

export interface FaultFacts {
  id: number
  /** Its effect, and the calls it hits. */
  text: string
  fired: number
  holding: number
}
