import type { Availability } from '../deployment/admission.ts'
import type { DeploymentState } from '../deployment/deployment-state.ts'
import type { Strategy } from '../deployment/strategy.ts'

/** What the page is told, as JSON in server-sent events. Times are milliseconds since 1970, durations milliseconds. */
export interface Feed {
  /** Once, first: what is watched, what the page can do, and what happened before it was opened. */
  hello: Hello
  /** Every half second: the traffic of that half second. */
  sample: Sample
  /** Every five seconds: the traffic of those five seconds, for the charts of an hour. */
  history: Sample
  /** When something happens that a chart should mark. */
  moment: Moment
  /** Every second, and at once when the deployment moves: how everything stands. */
  picture: Picture
}

export interface Hello {
  /** What the page is headed with. */
  title: string
  /** A cluster that can be driven, or programs that are only watched. */
  watches: 'local cluster' | 'programs'
  /** Whether there is an editor to run queries with, and where it looks names up. */
  editor: { catalog: string; database: string } | undefined
  sampleMs: number
  /** The last five minutes. */
  samples: readonly Sample[]
  historyMs: number
  /** The last hour. */
  history: readonly Sample[]
  moments: readonly Moment[]
}

/** What happened within one stretch of time, which ended at `at`. */
export interface Sample {
  at: number
  /** The deployment that new work belonged to. */
  active: Strategy | undefined
  /** Queries that ended, and those under way. */
  blue: LaneTraffic
  green: LaneTraffic
  /** Milliseconds from the statement to its first row, over the last 5 s; `undefined` when no query got one. */
  p50: number | undefined
  p99: number | undefined
  /** Failed queries as programs tell; where none does, failed calls as the servers saw them. */
  failed: number
  /** Queries that were run again from the start, unseen by their programs. */
  restarted: number
  /** Calls that were turned away because they went to the wrong deployment. */
  refused: number
  /** Logins. */
  authenticate: number
  /** Calls that wait because both deployments refuse, at this moment. */
  held: number
}

export interface LaneTraffic {
  ended: number
  inFlight: number
  /** Queries that ended a second, over the last 5 s. */
  perSecond: number
}

/** Sums since the console began to watch. */
export interface Totals {
  queries: number
  failed: number
  refused: number
  authenticate: number
  /** Deployments that were cut over and retired. */
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
  /** What it is about, where the kind does not say it all: a program's name, a fault in words. */
  detail?: string
}

/** Where the deployment stands; programs that were not heard of yet know of none. */
export type WatchedState = DeploymentState | { kind: 'unknown' }

export interface Picture {
  at: number
  state: WatchedState
  availability: Availability | undefined
  /** Engines that can be looked at: whether they run. */
  engines: Readonly<Record<Strategy, EngineFacts>> | undefined
  totals: Totals
  /** What `failed` counts, and who measured how long queries wait for their first row. */
  told: { failed: 'queries' | 'calls'; latency: 'programs' | 'servers' }
  programs: readonly ProgramFacts[]
  queries: readonly QueryRow[]
  faults: readonly FaultFacts[]
  /** Failures since the console began to watch, by kind, the latest first. */
  failures: readonly FailureRow[]
  /** The last switch that ended. */
  lastSwitch: SwitchStory | undefined
  /** Whether the console's own load runs. */
  load: boolean
  /** What keeps the picture from being whole, such as an address that does not answer. */
  notices: readonly string[]
}

/** A kind of failure, and the query that met it last. */
export interface FailureRow {
  code: string
  message: string
  /** The program that met it, where it is known. */
  program?: string
  count: number
  /** When it was seen last. */
  at: number
  strategy?: Strategy
  queryId?: string
  sql?: string
}

/** What a switch did to the queries. */
export interface SwitchStory {
  from: Strategy
  to: Strategy
  at: number
  endedAt: number
  /** Queries that finished on the old deployment after the cut-over. */
  finished: number
  restarted: number
  failed: number
  /** How much the p99 of the first row rose, in milliseconds; `undefined` when it was not measured. */
  addedWaitMs: number | undefined
}

export interface EngineFacts {
  kind: 'starting' | 'running' | 'dead' | 'stopped'
  pid?: number
  reason?: string
}

/** A process that uses the cluster, as it told last. */
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
  /** How long ago it was heard of. */
  agoMs: number
  /** Whether a query of it failed within the last minute. */
  hasJustFailed: boolean
}

export interface QueryRow {
  id: string
  strategy: Strategy
  state: 'running' | 'finished' | 'failed' | 'cancelled' | 'ended'
  /** The statement, where it is known. */
  sql?: string
  /** The engine that holds it, by the address that calls name it with. */
  engine?: string
  /** The program or user it belongs to. */
  owner?: string
  rows?: number
  startedAt: number
  durationMs?: number
}

export interface FaultFacts {
  id: number
  /** What it does to which calls. */
  text: string
  fired: number
  holding: number
}
