import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PoolCore } from '../pool/pool-core.ts'
import { measurePool } from '../pool/pool-metrics.ts'
import { DEFAULT_POOL_OPTIONS } from '../pool/pool-options.ts'
import { StrategyManager } from '../strategy/strategy-manager.ts'
import { systemClock } from '../time/clock.ts'
import { silentLogger } from './logger.ts'
import { poolFamilies, queryFamilies, strategyFamilies } from './metric-families.ts'
import { OperationMetrics } from './operation-metrics.ts'
import { QueryRecorder } from './query-statistics.ts'
import { STRATEGY_COUNTERS } from './strategy-counters.ts'
import { measureStrategy } from './strategy-metrics.ts'
import type { TelemetryInstrumentOptions, TelemetryMeter } from './telemetry.ts'

const page = readFileSync(new URL('../../../../docs/observability.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('|'))
const pool = () =>
  new PoolCore({
    options: DEFAULT_POOL_OPTIONS,
    connect: () => Promise.reject(new Error('not here')),
    check: async () => undefined,
    logger: silentLogger,
    clock: systemClock,
  })

/** All instruments, with kind and unit as on the page. */
function instruments(): string[][] {
  const made: string[][] = []
  const make = (kind: string) => (name: string, options?: TelemetryInstrumentOptions) => {
    made.push([`\`${name}\``, kind, options?.unit ?? ''])
    return {
      record: () => undefined,
      add: () => undefined,
      addCallback: () => undefined,
      removeCallback: () => undefined,
    }
  }
  const meter: TelemetryMeter = {
    createHistogram: make('histogram'),
    createCounter: make('counter'),
    createUpDownCounter: make('up-down counter'),
    createObservableUpDownCounter: make('up-down counter'),
  }
  const server = { address: 'localhost', port: 80 }
  const strategy = new StrategyManager()
  new OperationMetrics(meter, server)
  measureStrategy(strategy, meter, server)
  measurePool(pool(), { meter }, server)
  strategy.close()
  return made
}

it('every instrument is on the page, with its kind and unit, and no other is', () => {
  const documented = rows
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .filter(([, name = '', kind]) => /^`(db|e6data)\./.test(name) && /counter|histogram/.test(kind ?? ''))
    .map(([, name, kind, unit]) => [name, kind, unit])
  expect(documented.toSorted()).toEqual(instruments().toSorted())
})

it('every metric for Prometheus is on the page, with its kind and labels, and no other is', () => {
  const families = [
    ...queryFamilies(new QueryRecorder().statistics()),
    ...strategyFamilies(new StrategyManager().inspect()),
    ...poolFamilies(pool().statistics()),
  ]
  const documented = rows
    .map((row) => /^\| `(e6data_\w+)(?:\{(\w+)\})?` \| (\w+) \|/.exec(row))
    .flatMap((match) => (match ? [[match[1], match[3], match[2]]] : []))
  const LABELLED_WHEN_EMPTY: Record<string, string> = {
    e6data_query_failures_total: 'code',
    e6data_failed_tries_total: 'fault',
  }
  const existing = families.map(({ name, kind, samples }) => {
    const label = Object.keys(samples[0]?.labels ?? {})[0]
    return [name, kind, label ?? LABELLED_WHEN_EMPTY[name]]
  })
  expect(documented.toSorted()).toEqual(existing.toSorted())
})

it('every strategy event is on the page', () => {
  for (const name of Object.keys(STRATEGY_COUNTERS)) expect(page).toContain(`| \`${name}\` |`)
})
