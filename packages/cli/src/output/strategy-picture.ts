import type { Strategy, StrategyInspection } from 'e6data-connector'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { pad } from '../text-layout.ts'
import { durationText } from './amounts.ts'
import { changeText } from './strategy-news.ts'

/** Queries of one process, by strategy. */
export interface ProcessQueries {
  /** The process id; `undefined` when it is unknown. */
  readonly pid: number | undefined
  readonly blue: number
  readonly green: number
  /** Idle time of the query that was used last, in milliseconds. */
  readonly idleMs: number
}

export interface StrategyPlace {
  readonly host: string
  readonly port: number
  readonly clusterName?: string | undefined
  readonly clusterUuid?: string | undefined
}

export function queriesByProcess(queries: StrategyInspection['queries']): ProcessQueries[] {
  const processes = new Map<number | undefined, ProcessQueries>()
  for (const { pid, strategy, idleMs } of queries) {
    const { blue, green, ...known } = processes.get(pid) ?? { pid, blue: 0, green: 0, idleMs }
    const counts = { blue, green }
    counts[strategy] += 1
    processes.set(pid, { ...known, ...counts, idleMs: Math.min(known.idleMs, idleMs) })
  }
  return [...processes.values()].sort((a, b) => (a.pid ?? 0) - (b.pid ?? 0))
}

/** The state for `--json`. Times are milliseconds. */
export function strategyJson(place: StrategyPlace, seen: StrategyInspection): object {
  const {
    activeStrategy,
    pendingStrategy,
    pendingReady,
    epoch,
    checkedAgoMs,
    transitionedAt,
    inFlight,
    queries,
    lastMismatch,
  } = seen
  return {
    cluster: { host: place.host, port: place.port, name: place.clusterName ?? place.clusterUuid ?? null },
    activeStrategy: activeStrategy ?? null,
    pendingStrategy: pendingStrategy ?? null,
    pendingReady,
    epoch,
    checkedAgoMs: checkedAgoMs === undefined ? null : Math.round(checkedAgoMs),
    transitionedAt: transitionedAt === undefined ? null : new Date(transitionedAt).toISOString(),
    lastMismatch: lastMismatch ? { ...lastMismatch, agoMs: Math.round(lastMismatch.agoMs) } : null,
    inFlight,
    users: seen.users,
    recent: seen.recent.map((change) => ({ ...change, agoMs: Math.round(change.agoMs) })),
    processes: queriesByProcess(queries).map((it) => ({ ...it, idleMs: Math.round(it.idleMs) })),
  }
}

/** Number of digits shown of a user's hash. */
const SHOWN_HASH_LENGTH = 8

/** The state as lines for people. */
export function strategyPicture(place: StrategyPlace, seen: StrategyInspection, style: Style): string[] {
  const {
    activeStrategy,
    pendingStrategy,
    pendingReady,
    epoch,
    checkedAgoMs,
    transitionedAt,
    lastMismatch,
    storeFailure,
    users,
  } = seen
  const ago = (milliseconds: number | undefined) =>
    milliseconds === undefined ? 'never' : `${durationText(milliseconds)} ago`
  const name = place.clusterName ?? place.clusterUuid
  const rows: [string, string][] = [
    ['cluster', `${name === undefined ? '' : `${printable(name)} at `}${place.host}:${place.port}`],
    ['active', `${style.strategy(activeStrategy)}, confirmed ${ago(checkedAgoMs)}`],
    [
      'announced',
      pendingStrategy ? `${style.strategy(pendingStrategy)}, ${pendingReady ? 'ready' : 'not ready yet'}` : 'nothing',
    ],
    ['epoch', transitionedAt === undefined ? String(epoch) : `${epoch}, since ${clockText(new Date(transitionedAt))}`],
    ['refused', lastMismatch ? `${style.strategy(lastMismatch.strategy)}, ${ago(lastMismatch.agoMs)}` : 'never'],
    ...(users.length > 0
      ? [['users', users.map((hash) => hash.slice(0, SHOWN_HASH_LENGTH)).join(', ')] as [string, string]]
      : []),
    ...(storeFailure ? [['not shared', style.warn(printable(storeFailure))] as [string, string]] : []),
  ]
  return [
    ...rows.map(([term, text]) => `${style.dim(pad(term, 12))}${text}`),
    '',
    ...queryLines(seen, style),
    ...recentLines(seen, style),
  ]
}

/** Number of recent changes that are shown. */
const MOST_CHANGES = 12

function recentLines({ recent }: StrategyInspection, style: Style): string[] {
  const lines = recent.slice(-MOST_CHANGES).map((change) => {
    return `${style.dim(clockText(new Date(Date.now() - change.agoMs)))}  ${changeText(change, style)}`
  })
  return lines.length > 0 ? ['', ...lines] : []
}

/** `14:05:09` */
function clockText(time: Date): string {
  return time.toLocaleTimeString('en-GB')
}

const COLUMN_WIDTH = 10

function queryLines({ inFlight, queries }: StrategyInspection, style: Style): string[] {
  const cell = (count: number) => pad(count === 0 ? style.dim('-') : String(count), COLUMN_WIDTH, 'left')
  const line = (label: string, blue: number, green: number, note: string) =>
    `${pad(label, 20)}${cell(blue)}${cell(green)}${note === '' ? '' : `   ${style.dim(note)}`}`
  const head = (strategy: Strategy) => pad(style.strategy(strategy), COLUMN_WIDTH, 'left')
  return [
    `${pad(style.strong('queries in flight'), 20)}${head('blue')}${head('green')}`,
    line('on this host', inFlight.blue, inFlight.green, ''),
    ...queriesByProcess(queries).map(({ pid, blue, green, idleMs }) =>
      line(
        pid === undefined ? '  this process' : `  process ${pid}`,
        blue,
        green,
        `last touched ${durationText(idleMs)} ago`,
      ),
    ),
  ]
}
