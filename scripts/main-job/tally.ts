import type { WorkItem } from './workload.ts'

interface Run {
  readonly item: WorkItem
  readonly startedAt: number
  readonly endedAt: number
}

/** A stretch of time in which a deployment was in progress. */
export interface SwitchWindow {
  readonly from: number
  to: number
}

export interface Latency {
  p50: number
  p99: number
}

/** Counts what the workers did. Times are milliseconds of `performance.now`. */
export class Tally {
  queries = 0
  failures = 0
  rows = 0
  mismatchedResults = 0
  /** The first failures and mismatches, in words. */
  readonly complaints: string[] = []
  readonly #latencies: { readonly startedAt: number; readonly endedAt: number }[] = []

  done({ item, startedAt, endedAt, rows, right }: Run & { rows: number; right: boolean }): void {
    this.queries += 1
    this.rows += rows
    this.#latencies.push({ startedAt, endedAt })
    if (right) return
    this.mismatchedResults += 1
    this.#complain(`${item.name}: ${rows} rows of ${item.expected.rows}, or other values than DuckDB's`)
  }

  failed({ item, reason }: Run & { reason: string }): void {
    this.queries += 1
    this.failures += 1
    this.#complain(`${item.name}: ${reason}`)
  }

  /** Latencies of queries that ran apart from any deployment, and of those that ran during one. */
  latencies(windows: readonly SwitchWindow[]): { steady: Latency; switch: Latency } {
    const steady: number[] = []
    const switching: number[] = []
    for (const { startedAt, endedAt } of this.#latencies) {
      const touches = windows.some(({ from, to }) => startedAt <= to && endedAt >= from)
      ;(touches ? switching : steady).push(endedAt - startedAt)
    }
    return { steady: percentiles(steady), switch: percentiles(switching) }
  }

  #complain(text: string): void {
    if (this.complaints.length < 10) this.complaints.push(text)
  }
}

function percentiles(values: number[]): Latency {
  values.sort((a, b) => a - b)
  const at = (share: number) => Math.round((values[Math.floor((values.length - 1) * share)] ?? 0) * 100) / 100
  return { p50: at(0.5), p99: at(0.99) }
}
