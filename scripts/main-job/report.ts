import type { Connection } from 'e6data-connector'
import type { LocalCluster } from 'e6data-local-cluster'
import type { Switching } from './switching.ts'
import type { Latency, Tally } from './tally.ts'

/** The outcome, as checks read it. */
export interface MainJobReport {
  queries: number
  failed: number
  rows: number
  mismatchedResults: number
  switches: number
  authenticateCalls: number
  latencyMs: { steady: Latency; switch: Latency }
}

const number = new Intl.NumberFormat('en-US')

/** The line that is printed once a second. */
export function liveLine(
  elapsedMs: number,
  tally: Tally,
  cluster: LocalCluster,
  connection: Connection,
  switching: Switching,
): string {
  const { inFlight, activeStrategy, pendingStrategy } = connection.strategy.inspect()
  const active = activeStrategy ?? 'unknown'
  const strategy = pendingStrategy ? `${active} → ${pendingStrategy}` : active
  return [
    `${(elapsedMs / 1000).toFixed(0).padStart(3)} s`,
    `${number.format(tally.queries).padStart(7)} queries`,
    `${strategy.padEnd(12)} (${cluster.state.kind})`.padEnd(27),
    `in flight blue ${String(inFlight.blue).padStart(2)} green ${String(inFlight.green).padStart(2)}`,
    `${switching.completed} switches`,
    `${tally.failures} failed`,
  ].join('   ')
}

/** The table at the end. */
export function finalTable(report: MainJobReport): string {
  const { steady, switch: switching } = report.latencyMs
  const lines: [string, string][] = [
    ['queries', number.format(report.queries)],
    ['failed', number.format(report.failed)],
    ['rows', number.format(report.rows)],
    ['mismatched results', number.format(report.mismatchedResults)],
    ['switches', number.format(report.switches)],
    ['authenticate calls', number.format(report.authenticateCalls)],
    ['latency in steady state', `p50 ${steady.p50} ms   p99 ${steady.p99} ms`],
    ['latency during switches', `p50 ${switching.p50} ms   p99 ${switching.p99} ms`],
  ]
  return lines.map(([name, value]) => `  ${name.padEnd(25)}${value}`).join('\n')
}

export function howToConnect(cluster: LocalCluster): string {
  return `
The cluster stays up until Ctrl-C. Connect with:

  import { connect } from 'e6data-connector'
  await using connection = await connect('${cluster.url}')

  console     ${cluster.consoleUrl}
  admin API   ${cluster.adminUrl}/api`
}
