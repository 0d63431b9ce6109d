import type { measureDecode } from './decode.ts'
import type { EndToEndFigures } from './end-to-end.ts'
import type { HostConvergence } from './host-convergence.ts'
import type { LatencyFigures } from './latency.ts'
import type { PythonFigures } from './python-peer.ts'
import type { StrategyFigures } from './strategy.ts'
import type { SwitchingFigures } from './switching.ts'
import type { TransportFigures } from './transport.ts'

export interface BenchResults {
  decode?: Awaited<ReturnType<typeof measureDecode>>
  endToEnd?: EndToEndFigures
  strategy?: StrategyFigures & { readonly host: HostConvergence }
  switching?: SwitchingFigures
  transport?: TransportFigures
  latency?: LatencyFigures
  python?: PythonFigures | { readonly unavailable: string }
}

/** The figures in rows per second. */
type EndToEndRate = Extract<keyof EndToEndFigures, `${string}RowsPerSecond`>

interface Target {
  readonly what: string
  readonly wanted: string
  /** The figure, if it was measured. */
  readonly figure: (results: BenchResults) => number | undefined
  readonly reached: (figure: number) => boolean
}

const atLeast = (limit: number, unit = '') => ({
  wanted: `at least ${limit}${unit}`,
  reached: (figure: number) => figure >= limit,
})
const atMost = (limit: number, unit = '') => ({
  wanted: `at most ${limit}${unit}`,
  reached: (figure: number) => figure <= limit,
})

const python = ({ python: it }: BenchResults) => (it && 'version' in it ? it : undefined)
const ratio = (one: number | undefined, other: number | undefined) =>
  one === undefined || other === undefined ? undefined : one / other

/** A rate of rows by `transportThread`, compared with what decoding allows. */
const byThread = (what: string, received: EndToEndRate, allowed: EndToEndRate): Target => ({
  what,
  ...atLeast(0.9),
  figure: ({ endToEnd }) => ratio(endToEnd?.[received], endToEnd?.[allowed]),
})

/** The targets; ratios within one run where the machine's speed matters. */
const TARGETS: readonly Target[] = [
  {
    what: 'columns : memory copy',
    ...atLeast(0.3),
    figure: ({ decode }) => ratio(decode?.columnsRowsPerSecond, decode?.memcpyRowsPerSecond),
  },
  {
    what: 'columns : Apache thrift',
    ...atLeast(50),
    figure: ({ decode }) => ratio(decode?.columnsRowsPerSecond, decode?.apacheThriftRowsPerSecond),
  },
  {
    what: 'rows : Apache thrift',
    ...atLeast(3),
    figure: ({ decode }) => ratio(decode?.objectsRowsPerSecond, decode?.apacheThriftRowsPerSecond),
  },
  {
    what: 'rows : Python connector, decoding',
    ...atLeast(15),
    figure: (results) => ratio(results.decode?.objectsRowsPerSecond, python(results)?.decodeRowsPerSecond),
  },
  {
    what: 'rows : Python connector, end to end',
    ...atLeast(15),
    figure: (results) => ratio(results.endToEnd?.objectsRowsPerSecond, python(results)?.endToEndRowsPerSecond),
  },
  {
    what: 'columns : bare transport, end to end',
    ...atLeast(0.8),
    figure: ({ endToEnd }) => ratio(endToEnd?.columnsMBps, endToEnd?.transportMBps),
  },
  // Two cores may allow no more than the second of each pair: another process then transfers as many bytes undecoded.
  byThread('rows by thread : decoded alone', 'threadedObjectsRowsPerSecond', 'decodeOnlyRowsPerSecond'),
  byThread(
    'rows by thread : decoded during a transfer',
    'threadedObjectsRowsPerSecond',
    'decodeBesideTransferRowsPerSecond',
  ),
  byThread('kept rows by thread : decoded alone', 'threadedKeptObjectsRowsPerSecond', 'keptDecodeOnlyRowsPerSecond'),
  byThread(
    'kept rows by thread : decoded during a transfer',
    'threadedKeptObjectsRowsPerSecond',
    'keptDecodeBesideTransferRowsPerSecond',
  ),
  byThread(
    'kept rows (64 MB nursery) by thread : decoded alone',
    'roomyThreadedKeptObjectsRowsPerSecond',
    'roomyKeptDecodeOnlyRowsPerSecond',
  ),
  byThread(
    'kept rows (64 MB nursery) by thread : decoded during a transfer',
    'roomyThreadedKeptObjectsRowsPerSecond',
    'roomyKeptDecodeBesideTransferRowsPerSecond',
  ),
  {
    what: "decoded alone : rows by thread, in the program's thread",
    ...atLeast(0.9),
    figure: ({ endToEnd }) => ratio(endToEnd?.programThreadMs.decodedRows, endToEnd?.programThreadMs.threadedRows),
  },
  { what: 'strategy, a call in process', ...atMost(1000, ' ns'), figure: ({ strategy }) => strategy?.perCallNs },
  { what: 'strategy, a call shared', ...atMost(3000, ' ns'), figure: ({ strategy }) => strategy?.sharedPerCallNs },
  { what: 'a tracked query', ...atMost(300, ' bytes'), figure: ({ strategy }) => strategy?.bytesPerTrackedQuery },
  {
    what: 'left after 10 000 000 queries',
    ...atMost(0, ' bytes'),
    figure: ({ strategy }) => strategy?.residueBytesAfter10M,
  },
  { what: '16 processes converge', ...atMost(1000, ' ms'), figure: ({ strategy }) => strategy?.host.worstMs },
  { what: '1 000 connections converge', ...atMost(100, ' ms'), figure: ({ switching }) => switching?.convergenceMs },
  { what: 'added p99 in an announced switch', ...atMost(5, ' ms'), figure: ({ switching }) => switching?.addedP99Ms },
  { what: 'a hold is released', ...atMost(50, ' ms'), figure: ({ switching }) => switching?.holdReleaseMs },
  {
    what: 'logins a switch and session used',
    ...atMost(1),
    figure: ({ switching }) => switching?.authenticateCalls,
  },
  {
    what: 'CPU of a query, 16 at once : bare node:http2',
    ...atMost(1.8),
    figure: ({ transport }) => ratio(transport?.cpuMsPerQuery, transport?.http2CpuMsPerQuery),
  },
  {
    what: 'CPU of a query, 16 at once : bare grpc-js',
    ...atMost(0.85),
    figure: ({ transport }) => ratio(transport?.cpuMsPerQuery, transport?.grpcJsCpuMsPerQuery),
  },
  {
    what: 'CPU of a query, one at a time : bare node:http2',
    ...atMost(1.5),
    figure: ({ transport }) => ratio(transport?.oneAtATimeCpuMs.connector, transport?.oneAtATimeCpuMs.http2),
  },
  {
    what: 'columns : bare node:http2, bytes a second',
    ...atLeast(0.95),
    figure: ({ transport }) => ratio(transport?.receiveMs.http2, transport?.receiveMs.connector),
  },
  {
    what: 'CPU of importing : @clickhouse/client',
    ...atMost(1.5),
    figure: ({ transport }) => ratio(transport?.importCpuMs, transport?.clickhouseImportCpuMs),
  },
  {
    what: 'one-row query, default options: round trips',
    ...atMost(5.5),
    figure: ({ latency }) => latency?.oneRow.roundTrips,
  },
  {
    what: 'one-row query, metadata overlapped and ended by row count: round trips',
    ...atMost(3.5),
    figure: ({ latency }) => latency?.oneRowBoth.roundTrips,
  },
  { what: 'packages installed', ...atMost(3), figure: ({ transport }) => transport?.packages },
  { what: 'minified program', ...atMost(290, ' KB'), figure: ({ transport }) => transport?.minifiedKB },
  { what: 'failed queries in switches', ...atMost(0), figure: ({ switching }) => switching?.failed },
]

const number = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 })

/** The figures as a table, each next to its target, and below it everything that was measured. */
export function compareWithTargets(results: BenchResults): string {
  const lines = TARGETS.flatMap(({ what, wanted, figure, reached }) => {
    const value = figure(results)
    if (value === undefined) return []
    return [`  ${reached(value) ? '✓' : '✗'} ${what.padEnd(66)}${number.format(value).padStart(10)}   ${wanted}`]
  })
  const measured = Object.entries(results).flatMap(([part, figures]) => [`\n${part}`, ...figureLines(figures)])
  return [...lines, ...measured].join('\n')
}

function figureLines(figures: object, within = ''): string[] {
  return Object.entries(figures).flatMap(([name, value]) => {
    const whole = `${within}${name}`
    if (typeof value === 'object' && value !== null) return figureLines(value, `${whole}.`)
    return [`    ${whole.padEnd(44)}${(typeof value === 'number' ? number.format(value) : String(value)).padStart(12)}`]
  })
}
