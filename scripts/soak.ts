import { connect, E6dataError } from 'e6data-connector'
import { startCluster } from 'e6data-local-cluster'
import { positiveNumber, readOptions } from './command-line.ts'
import { Reference } from './main-job/reference.ts'
import { Switching } from './main-job/switching.ts'
import { runAndSum } from './main-job/worker.ts'
import { drawer, prepareWorkload, type WorkItem } from './main-job/workload.ts'
import { growing, processSample, type Sample } from './soak/growth.ts'
import { makeTrouble } from './soak/trouble.ts'

const USAGE = `npm run soak -- [options]

Runs queries through switches and faults for a long time, checks every result,
and watches what grows.

  --minutes N   how long (10)
  --json        one JSON object as the last line of standard output
  --help        this text`

const ORDER_ROWS = 200_000
const CONNECTIONS = 6
const SAMPLES = 60

interface SoakReport {
  minutes: number
  queries: number
  switches: number
  /** Results that differ from DuckDB's. */
  wrongAnswers: number
  /** Failures that are no error of the connector's own: each is a defect. */
  untypedFailures: number
  /** Typed failures, which the faults injected must cause now and then. */
  allowedFailures: number
  /** What grew, by name. */
  growing: string[]
}

const config = { minutes: { type: 'string', default: '10' }, json: { type: 'boolean', default: false } } as const
const { minutes, json } = readOptions(USAGE, config, (values) => ({
  minutes: positiveNumber('minutes', values.minutes, 24 * 60),
  json: values.json,
}))
const say = (text: string) => {
  if (!json) console.log(text)
}

const report = await soak()
say(`\n${JSON.stringify(report, undefined, 2)}`)
if (json) console.log(JSON.stringify(report))
process.exitCode = report.wrongAnswers + report.untypedFailures + report.growing.length === 0 ? 0 : 1

async function soak(): Promise<SoakReport> {
  await using cluster = await startCluster({ rows: ORDER_ROWS, sessionTtlMs: 30_000, callLogLimit: 1000 })
  const reference = await Reference.open({ kind: 'retail', orderRows: ORDER_ROWS })
  const items = await prepareWorkload(reference, 'retail')
  reference.close()
  const counts = { queries: 0, wrongAnswers: 0, untypedFailures: 0, allowedFailures: 0 }
  const samples: Sample[] = []
  const switching = new Switching()
  const stop = AbortSignal.timeout(minutes * 60_000)
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(cluster.url)))

  const work = async (draw: () => WorkItem, index: number) => {
    const connection = connections[index]!
    while (!stop.aborted) {
      const item = draw()
      counts.queries += 1
      try {
        const { rows, checksum } = await runAndSum(connection, item)
        if (rows !== item.expected.rows || checksum !== item.expected.checksum) counts.wrongAnswers += 1
      } catch (error) {
        counts[error instanceof E6dataError ? 'allowedFailures' : 'untypedFailures'] += 1
        if (!(error instanceof E6dataError)) console.error(error)
      }
    }
  }
  const sampling = setInterval(
    () => {
      const pins = Object.keys(connections[0]!.strategy.getSharedStrategy().queryStrategyMap).length
      samples.push({ ...processSample(), pins })
      say(`${samples.length.toString().padStart(3)}/${SAMPLES}  ${JSON.stringify({ ...counts, ...samples.at(-1) })}`)
    },
    (minutes * 60_000) / SAMPLES,
  )
  await Promise.all([
    switching.run(cluster, stop),
    makeTrouble(cluster, stop),
    ...connections.map((_, index) => work(drawer(items, index + 1), index)),
  ])
  clearInterval(sampling)
  await Promise.all(connections.map((connection) => connection.close()))
  const { queries, ...outcomes } = counts
  return { minutes, queries, switches: switching.completed, ...outcomes, growing: growing(samples) }
}
