import { connect } from 'e6data-connector'
import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { reportToConsole } from 'e6data-local-cluster/console'
import { type MainJobOptions, readCommandLine } from './main-job/command-line.ts'
import { Reference } from './main-job/reference.ts'
import { finalTable, howToConnect, liveLine, type MainJobReport } from './main-job/report.ts'
import { Switching } from './main-job/switching.ts'
import { Tally } from './main-job/tally.ts'
import { work } from './main-job/worker.ts'
import { drawer, prepareWorkload } from './main-job/workload.ts'

const ORDER_ROWS = 1_000_000

/** @returns whether every query succeeded, with the right result */
async function main(options: MainJobOptions): Promise<boolean> {
  const say = options.json ? () => undefined : (text: string) => console.log(text)
  say('Starting two DuckDB engines, blue and green, behind a router …')
  await using cluster = await startCluster(options.data ? { data: options.data } : { rows: ORDER_ROWS })
  say(`Watch it in a browser: ${cluster.consoleUrl}`)
  const { report, complaints } = await runUnderSwitches(cluster, options, say)
  say(`\n${finalTable(report)}`)
  for (const complaint of complaints) console.error(`  ! ${complaint}`)
  if (options.json) console.log(JSON.stringify(report))
  if (options.stay) {
    console.log(howToConnect(cluster))
    await untilInterrupted()
  }
  return report.failed === 0 && report.mismatchedResults === 0
}

async function runUnderSwitches(
  cluster: LocalCluster,
  { seconds, workers, data }: MainJobOptions,
  say: (text: string) => void,
): Promise<{ report: MainJobReport; complaints: readonly string[] }> {
  const reference = await Reference.open(
    data ? { kind: 'folder', folder: data } : { kind: 'retail', orderRows: ORDER_ROWS },
  )
  const items = await prepareWorkload(reference, data ? 'own' : 'retail')
  reference.close()

  let authenticateCalls = 0
  cluster.on('call', ({ method, outcome }) => {
    if (method === 'authenticate' && outcome === 'under way') authenticateCalls += 1
  })
  say(
    `Running ${items.length} kinds of queries on ${workers} connections for ${seconds} s, while blue and green are switched.\n`,
  )
  const connections = await Promise.all(Array.from({ length: workers }, () => connect(cluster.url)))
  const telling = reportToConsole(connections, { url: String(cluster.consoleUrl), name: 'main job' })
  const tally = new Tally()
  const switching = new Switching()
  const stop = AbortSignal.timeout(seconds * 1000)
  const startedAt = performance.now()
  const ticker = setInterval(
    () => say(liveLine(performance.now() - startedAt, tally, cluster, connections[0]!, switching)),
    1000,
  )
  const working = connections.map((connection, index) => work(connection, drawer(items, index + 1), tally, stop))
  await Promise.all([switching.run(cluster, stop), ...working])
  clearInterval(ticker)
  await telling.stop()
  await Promise.all(connections.map((connection) => connection.close()))
  const report = {
    queries: tally.queries,
    failed: tally.failures,
    rows: tally.rows,
    mismatchedResults: tally.mismatchedResults,
    switches: switching.completed,
    authenticateCalls,
    latencyMs: tally.latencies(switching.windows),
  }
  return { report, complaints: tally.complaints }
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

try {
  process.exitCode = (await main(readCommandLine())) ? 0 : 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
