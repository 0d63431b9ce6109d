import type { HistogramSnapshot } from './histogram.ts'
import {
  type Labels,
  type MetricFamily,
  poolFamilies,
  queryFamilies,
  type StrategyStatistics,
  strategyFamilies,
} from './metric-families.ts'
import type { PoolStatistics } from './pool-statistics.ts'
import type { QueryStatistics } from './query-statistics.ts'

/** The part of a cluster's strategy manager that is read here. */
export interface InspectableStrategy {
  inspect(): StrategyStatistics
}

/** A source of metrics: a connection, a pool, or a strategy manager. */
export type MetricsSource =
  | InspectableStrategy
  | { readonly strategy: InspectableStrategy; queryStatistics(): QueryStatistics; statistics?(): PoolStatistics }

/** A source with its own labels, to distinguish clusters or pools. */
export interface LabelledSource {
  readonly source: MetricsSource
  readonly labels: Readonly<Record<string, string>>
}

/** The media type of the result of `prometheusText`. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Returns the metrics of connections, pools or strategy managers in the text format for Prometheus. Sources with the
 * same labels are added up; shared state, such as the strategy of one cluster, counts once.
 */
export function prometheusText(sources: MetricsSource | readonly (MetricsSource | LabelledSource)[]): string {
  const list: readonly (MetricsSource | LabelledSource)[] = isList(sources) ? sources : [sources]
  const seen = new Map<InspectableStrategy, Set<string>>()
  const exposition = new Exposition()
  for (const it of list) {
    const { source, labels } = 'source' in it ? it : { source: it, labels: {} }
    const strategy = 'inspect' in source ? source : source.strategy
    const places = seen.get(strategy) ?? new Set()
    seen.set(strategy, places)
    const place = labelText(labels)
    if (!places.has(place)) exposition.add(strategyFamilies(strategy.inspect()), labels)
    places.add(place)
    if ('inspect' in source) continue
    exposition.add(queryFamilies(source.queryStatistics()), labels)
    if (source.statistics) exposition.add(poolFamilies(source.statistics()), labels)
  }
  return exposition.text()
}

interface Series {
  readonly labels: Labels
  readonly value: number | HistogramSnapshot
}

/** Families by name and series by labels: the format allows each only once. */
class Exposition {
  readonly #families = new Map<string, { readonly family: MetricFamily; readonly series: Map<string, Series> }>()

  add(families: readonly MetricFamily[], labels: Labels): void {
    for (const family of families) {
      const entry = this.#families.get(family.name) ?? { family, series: new Map<string, Series>() }
      this.#families.set(family.name, entry)
      for (const sample of family.samples) {
        const all = { ...labels, ...sample.labels }
        const key = labelText(all)
        const before = entry.series.get(key)
        entry.series.set(key, { labels: all, value: before ? sum(before.value, sample.value) : sample.value })
      }
    }
  }

  text(): string {
    const lines: string[] = []
    for (const { family, series } of this.#families.values()) {
      if (series.size === 0) continue
      lines.push(`# HELP ${family.name} ${escaped(family.about)}`, `# TYPE ${family.name} ${family.kind}`)
      for (const { labels, value } of series.values()) lines.push(...linesOf(family.name, labels, value))
    }
    return `${lines.join('\n')}\n`
  }
}

function linesOf(name: string, labels: Labels, value: number | HistogramSnapshot): string[] {
  if (typeof value === 'number') return [`${name}${labelText(labels)} ${value}`]
  const { bounds, counts, count, sum: total } = value
  let below = 0
  const buckets = counts.map((inBucket, index) => {
    below += inBucket
    const le = index < bounds.length ? String(bounds[index]) : '+Inf'
    return `${name}_bucket${labelText({ ...labels, le })} ${below}`
  })
  return [...buckets, `${name}_sum${labelText(labels)} ${total}`, `${name}_count${labelText(labels)} ${count}`]
}

function sum(a: number | HistogramSnapshot, b: number | HistogramSnapshot): number | HistogramSnapshot {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) + Number(b)
  const counts = a.counts.map((count, index) => count + (b.counts[index] ?? 0))
  return { bounds: a.bounds, counts, count: a.count + b.count, sum: a.sum + b.sum }
}

/** `{a="b",c="d"}`, or an empty string. */
function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${labelName(name)}="${escaped(value).replaceAll('"', '\\"')}"`,
  )
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

/** Converts any string to a valid label name. */
function labelName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d|$)/, '_')
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function isList<One, Many extends readonly unknown[]>(value: One | Many): value is Many {
  return Array.isArray(value)
}
