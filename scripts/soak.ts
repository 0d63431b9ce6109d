import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'e6data-connector'
import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { positiveNumber, readOptions, UsageFault, wholeNumber } from './command-line.ts'
import { Reference } from './main-job/reference.ts'
import { Switching } from './main-job/switching.ts'
import { prepareWorkload } from './main-job/workload.ts'
import { sumOf, total } from './soak/counts.ts'
import { DEFECTS, type Defect, LEAK_SHARE } from './soak/defects.ts'
import { Figures } from './soak/figures.ts'
import { Fleet, PROCESSES } from './soak/fleet.ts'
import { developments, isGrowing } from './soak/growth.ts'
import { judge, type Operation } from './soak/history.ts'
import { readHistory } from './soak/history-file.ts'
import { CREATE_LEDGER } from './soak/ledger.ts'
import { makeTrouble } from './soak/trouble.ts'
import { belowFloors } from './soak/verdict.ts'

const USAGE = `npm run soak -- [options]

Runs 200 workers in four client processes through switches and faults, kills a
client at times, checks every row, judges reads and writes as a history, and
watches what grows in every process. Fails also when too little was done.

  --minutes N   how long (10)
  --workers N   how many, a multiple of 4 (200); a busy machine takes fewer
  --break NAME  with a deliberate defect, which the run must notice;
                'list' names them
  --json        one JSON object as the last line of standard output
  --help        this text`

const ORDER_ROWS = 50_000
const BATCH_ROWS = 1000
const MOST_SAMPLES = 60
const SAMPLE_EVERY_LEAST_MS = 2000

interface SoakReport {
  minutes: number
  workers: number
  /** The deliberate defect, if there was one. */
  broken?: string
  queries: number
  succeeded: number
  rows: number
  switches: number
  /** Client processes that were killed and replaced. */
  killed: number
  /** Results that differ from what they must be, row by row. */
  wrongAnswers: number
  /** Failures that are no error of the connector's own, or that no fault explains: each is a defect. */
  untypedFailures: number
  /** Typed failures, which the faults injected must cause now and then. */
  allowedFailures: number
  failuresByCode: Readonly<Record<string, number>>
  /** Promises that did not settle in time. */
  hanging: number
  /** What is wrong with the history of reads and writes. */
  historyFaults: string[]
  writes: { ok: number; failed: number; unknown: number }
  /** What was not reached that a run of this length must reach. */
  belowFloors: string[]
  /** What grew, by name. */
  growing: string[]
  /** What each figure was at the beginning and at the end, by a straight line through its samples. */
  figures: Readonly<Record<string, readonly [from: number, to: number]>>
  complaints: readonly string[]
}

const config = {
  minutes: { type: 'string', default: '10' },
  workers: { type: 'string', default: '200' },
  break: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const
const options = readOptions(USAGE, config, (values) => ({
  minutes: positiveNumber('minutes', values.minutes, 24 * 60),
  workers: workersOf(values.workers),
  defect: defectNamed(values.break),
  json: values.json,
}))
const { minutes, workers, defect, json } = options
const runMs = minutes * 60_000
const samples = Math.min(MOST_SAMPLES, Math.floor(runMs / SAMPLE_EVERY_LEAST_MS))
const say = (text: string) => {
  if (!json) console.log(text)
}

if (defect === 'list') for (const [name, about] of Object.entries(DEFECTS)) console.log(`${name.padEnd(24)}${about}`)
else await run(defect)

async function run(seeded: Defect | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'e6data-soak-'))
  try {
    const report = await soak(folder, seeded)
    say(`\n${JSON.stringify(report, undefined, 2).replaceAll(/\[\s+(-?[\d.]+),\s+(-?[\d.]+)\s+\]/g, '[$1, $2]')}`)
    if (json) console.log(JSON.stringify(report))
    process.exitCode = isClean(report) ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function soak(folder: string, seeded: Defect | undefined): Promise<SoakReport> {
  const [figuresFolder, stateFolder] = [join(folder, 'figures'), join(folder, 'state')]
  for (const path of [figuresFolder, stateFolder]) mkdirSync(path)
  watchProcesses(figuresFolder, stateFolder, seeded)
  await using cluster = await startCluster({
    ...{ rows: ORDER_ROWS, batchRows: BATCH_ROWS, sessionTtlMs: 30_000, callLogLimit: 1000, adminPort: false },
  })
  let divergences = 0
  cluster.on('divergence', () => {
    divergences += 1
  })
  const reference = await Reference.open({ kind: 'retail', orderRows: ORDER_ROWS })
  // What is read as a whole: 200 streams of 100 000 rows would leave no time for anything else.
  const items = (await prepareWorkload(reference, 'retail')).filter(({ read }) => read === 'query')
  reference.close()
  await write(cluster, CREATE_LEDGER)

  const switching = new Switching()
  const fleet = new Fleet({ url: cluster.url, items, defect: seeded, runMs }, folder, workers)
  const figures = new Figures({ cluster, folder: figuresFolder, stateFolder, clients: () => fleet.current })
  await fleet.ready()
  const stop = AbortSignal.timeout(runMs)
  let sampled = 0
  const sampling = setInterval(() => {
    sampled += 1
    figures.sample().catch((error: unknown) => say(`a sample is missing: ${String(error)}`))
    const { queries, rows, wrongAnswers, failed } = sumOf(fleet.achieved.map(({ counts }) => counts))
    const seen = { queries, rows, wrongAnswers, failed: total(failed), switches: switching.completed }
    say(`${String(sampled).padStart(3)}/${samples}  ${JSON.stringify(seen)}`)
  }, runMs / samples)
  await Promise.all([switching.run(cluster, stop), makeTrouble(cluster, stop), fleet.killAtTimes(stop)])
  clearInterval(sampling)
  await fleet.stop()

  const operations = fleet.historyPaths.flatMap(readHistory)
  const last = await readLedger(cluster, fleet.workers)
  const historyFaults = judge([...operations, ...last])
  const clients = fleet.achieved
  const counts = sumOf(clients.map((client) => client.counts))
  const all = figures.series.flatMap((series) => developments(series, samples))
  const outcomes = operations.flatMap((it) => (it.kind === 'write' ? [it.end?.outcome ?? 'unknown'] : []))
  const times = (outcome: string) => outcomes.filter((it) => it === outcome).length
  return {
    minutes,
    workers,
    ...(seeded ? { broken: seeded } : {}),
    queries: counts.queries,
    succeeded: total(counts.succeeded),
    rows: counts.rows,
    switches: switching.completed,
    killed: fleet.killed,
    wrongAnswers: counts.wrongAnswers,
    untypedFailures: counts.untypedFailures,
    allowedFailures: total(counts.failed),
    failuresByCode: counts.failed,
    hanging: counts.hanging,
    historyFaults: [...historyFaults, ...(divergences > 0 ? [`${divergences} writes differ between the engines`] : [])],
    writes: { ok: times('ok'), failed: times('failed'), unknown: times('unknown') },
    belowFloors: belowFloors({ minutes, workers, switches: switching.completed, counts, clients }),
    growing: all.filter((growth) => isGrowing(growth, workers)).map(({ name }) => name),
    figures: Object.fromEntries(all.map(({ name, from, to }) => [name, [tenths(from), tenths(to)] as const])),
    complaints: counts.complaints,
  }
}

/** Processes that start from now on, engines included, report what they hold, and share the state of this run alone. */
function watchProcesses(figuresFolder: string, stateFolder: string, seeded: Defect | undefined): void {
  const reporter = new URL('soak/report-figures.mjs', import.meta.url).href
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import ${reporter}`.trim()
  process.env.E6DATA_SOAK_FIGURES = figuresFolder
  process.env.E6DATA_SOAK_EVERY_MS = String(Math.ceil(runMs / samples))
  process.env.E6DATA_STRATEGY_STORE_DIRECTORY = stateFolder
  if (seeded === 'engine-leaks-memory') {
    process.env.E6DATA_SOAK_ENGINE_LEAK = JSON.stringify({ share: LEAK_SHARE, overMs: runMs })
  }
}

async function write(cluster: LocalCluster, sql: string): Promise<void> {
  await using connection = await connect(cluster.url)
  await connection.query(sql)
}

/** What the ledger holds when all is over, as one read of each worker. */
async function readLedger(cluster: LocalCluster, workers: readonly string[]): Promise<Operation[]> {
  await using connection = await connect(cluster.url)
  const invokedAt = Number(process.hrtime.bigint()) / 1e6
  const { rows } = await connection.query<{ id: string; worker: string }>('SELECT id, worker FROM soak_ledger')
  const endedAt = Number(process.hrtime.bigint()) / 1e6
  const idsOf = new Map<string, string[]>(workers.map((worker) => [worker, []]))
  for (const { id, worker } of rows) idsOf.set(worker, [...(idsOf.get(worker) ?? []), id])
  return [...idsOf].map(([worker, ids]) => ({ kind: 'read', worker, invokedAt, endedAt, ids }))
}

function isClean({ wrongAnswers, untypedFailures, hanging, historyFaults, ...rest }: SoakReport): boolean {
  const faults = wrongAnswers + untypedFailures + hanging + historyFaults.length
  return faults + rest.belowFloors.length + rest.growing.length === 0
}

function defectNamed(name: string | undefined): Defect | 'list' | undefined {
  if (name === undefined || name === 'list' || Object.hasOwn(DEFECTS, name)) return name as Defect | 'list' | undefined
  throw new UsageFault(`--break takes one of ${Object.keys(DEFECTS).join(', ')}, or list`)
}

function workersOf(text: string): number {
  const count = wholeNumber('workers', text, PROCESSES, 1000)
  if (count % PROCESSES === 0) return count
  throw new UsageFault(`--workers takes a multiple of ${PROCESSES}, not ${count}`)
}

function tenths(number: number): number {
  return Math.round(number * 10) / 10
}
