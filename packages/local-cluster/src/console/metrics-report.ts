import { STRATEGIES, type Strategy } from '../deployment/strategy.ts'
import { listeningProcess } from './listening-process.ts'
import type { ProgramReport } from './program-report.ts'
import { type MetricSample, parsePrometheusText } from './prometheus-text.ts'

/** The page exposes no metric of the connector. */
export class NoMetricsError extends Error {
  constructor() {
    super('the page exposes no e6data metrics: answer with prometheusText(connection)')
    this.name = 'NoMetricsError'
  }
}

/** Maximum number of latencies that are made from a histogram's buckets for one report. */
const MOST_LATENCIES = 2000

const LOOPBACK = /^(localhost|127\.|\[::1\])/

const FIRST_ROW = 'e6data_query_time_to_first_row_seconds_bucket'

/** Turns the Prometheus metrics of one program into reports, from scrape to scrape. */
export class MetricsReporter {
  #buckets: ReadonlyMap<number, number> | undefined
  /** The counts since the first scrape, by the strategy that was active when they grew. */
  readonly #ended = { blue: 0, green: 0 }
  #finished: number | undefined
  #active: Strategy | undefined
  readonly #isHere: boolean
  /** The process that answers, so that it is not listed again by the state it shares; 0 when unknown. */
  #pid = 0

  /** @param source the address of the program, which names it in the console */
  constructor(private readonly source: URL) {
    this.#isHere = LOOPBACK.test(source.hostname)
  }

  /** @throws NoMetricsError */
  report(text: string): ProgramReport {
    const metrics = parsePrometheusText(text)
    if (!metrics.some(({ name }) => name.startsWith('e6data_'))) throw new NoMetricsError()
    const sum = (name: string, labels: MetricSample['labels'] = {}) => sumOf(metrics, name, labels)
    const strategyIn = (name: string) => STRATEGIES.find((strategy) => sum(name, { strategy }) > 0)
    const active = strategyIn('e6data_strategy_active')
    const pending = strategyIn('e6data_strategy_pending')
    // Looked up until it is known; repeating it for every scrape would be costly.
    if (this.#isHere && this.#pid === 0) this.#pid = listeningProcess(Number(this.source.port || 80)) ?? 0
    const moved = this.#active !== undefined && active !== undefined && active !== this.#active
    this.#active = active ?? this.#active
    this.#countEnded(sum('e6data_queries_total') - sum('e6data_queries_total', { outcome: 'failed' }))
    return {
      name: this.source.pathname === '/metrics' ? this.source.host : `${this.source.host}${this.source.pathname}`,
      host: this.source.host,
      pid: this.#pid,
      ...(active === undefined ? {} : { active }),
      ...(pending === undefined ? {} : { pending }),
      pendingReady: sum('e6data_strategy_pending_ready') > 0,
      epoch: sum('e6data_strategy_epoch'),
      inFlight: {
        blue: sum('e6data_queries_in_flight', { strategy: 'blue' }),
        green: sum('e6data_queries_in_flight', { strategy: 'green' }),
      },
      held: sum('e6data_strategy_waiting_calls'),
      totals: {
        ended: { ...this.#ended },
        failed: sum('e6data_queries_total', { outcome: 'failed' }),
        restarted: sum('e6data_query_restarts_total'),
        authenticate: sum('e6data_logins_total'),
        refused: sum('e6data_strategy_mismatches_total'),
      },
      latenciesMs: this.#latencies(metrics),
      happened: moved ? [{ at: Date.now(), kind: 'moved', strategy: active }] : [],
      queries: [],
      failures: [],
    }
  }

  /** The metrics do not name the strategy of a query that ended: it counts for the active one. */
  #countEnded(finished: number): void {
    const grown = this.#finished === undefined ? finished : Math.max(finished - this.#finished, 0)
    this.#finished = finished
    this.#ended[this.#active ?? 'blue'] += grown
  }

  /** The values counted since the last scrape, spread evenly over each bucket. */
  #latencies(metrics: readonly MetricSample[]): number[] {
    const before = this.#buckets
    const buckets = bucketsOf(metrics)
    this.#buckets = buckets
    if (before === undefined) return []
    const latencies: number[] = []
    let least = 0
    let below = 0
    for (const [bound, count] of buckets) {
      const upTo = count - (before.get(bound) ?? 0)
      const most = Number.isFinite(bound) ? bound : least * 2
      const inBucket = Math.max(upTo - below, 0)
      const step = Math.max(1, Math.ceil(inBucket / (MOST_LATENCIES / buckets.size)))
      for (let index = 0; index < inBucket; index += step) {
        latencies.push(1000 * (least + ((most - least) * (index + 0.5)) / inBucket))
      }
      below = upTo
      least = most
    }
    return latencies
  }
}

/** The cumulative count of each bucket, by its bound, ascending. */
function bucketsOf(metrics: readonly MetricSample[]): Map<number, number> {
  const buckets = new Map<number, number>()
  for (const { name, labels, value } of metrics) {
    if (name !== FIRST_ROW) continue
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)
    buckets.set(bound, (buckets.get(bound) ?? 0) + value)
  }
  return new Map([...buckets].sort(([a], [b]) => a - b))
}

function sumOf(metrics: readonly MetricSample[], wanted: string, labels: MetricSample['labels']): number {
  const matches = ({ name, labels: own }: MetricSample) =>
    name === wanted && Object.entries(labels).every(([label, value]) => own[label] === value)
  return metrics.filter(matches).reduce((sum, { value }) => sum + value, 0)
}
