import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import {
  type CampaignResult,
  carryOutRun,
  DEFAULT_QUERIES_PER_SWITCH,
  type PlannedRun,
  planRuns,
  type RunReport,
  resultOf,
  scheduleOf,
} from '../packages/connector/test/simulation/campaign.ts'
import { carryOutPart, type PartReport } from '../packages/connector/test/simulation/fleet.ts'
import { assertBounds, type FleetResult, fleetResult } from '../packages/connector/test/simulation/fleet-figures.ts'
import { type FleetPart, fleetSchedule, planFleet } from '../packages/connector/test/simulation/fleet-plan.ts'
import { runSchedule } from '../packages/connector/test/simulation/run-schedule.ts'
import type { Schedule } from '../packages/connector/test/simulation/schedule.ts'
import { shortestHistory } from '../packages/connector/test/simulation/shortest-history.ts'
import { carryOutJobs, type Job } from '../packages/connector/test/simulation/workers.ts'
import { readOptions, seedOf, UsageFault, wholeNumber } from './command-line.ts'
import { drawFleetChart } from './fleet-chart.ts'

const USAGE = `npm run -s simulate -- [options]

Runs the connector against simulated clusters, on a simulated clock and network, and checks every rule at every step.
The same seed gives the same runs, byte for byte.

  --seed N                what everything is drawn from (default: a fresh one, printed)
  --switches N            switches to plan (default 100)
  --queries-per-switch N  queries to run around each (default ${DEFAULT_QUERIES_PER_SWITCH})
  --fleet N               instead: one switch under N processes, ten on a host, 100 queries each
  --chart FILE            with --fleet: draws the logins and the moves over time, as SVG
  --workers N             processes to share the runs among (default: one a core)
  --run N                 only this run
  --history FILE          with --run: writes all that happened in it
  --schedule FILE         on a failure: writes the shortest schedule that still fails, to be replayed by a test
  --no-shrink             on a failure: don't look for the shortest history
  --json                  the result as one line of JSON, last
  --help                  this text`

/** More lines of a history than these are not shown; `--run` with `--history` writes them all. */
const MOST_LINES_SHOWN = 400

const SIMULATION = new URL('../packages/connector/test/simulation/', import.meta.url)

const config = {
  seed: { type: 'string' },
  switches: { type: 'string', default: '100' },
  'queries-per-switch': { type: 'string', default: String(DEFAULT_QUERIES_PER_SWITCH) },
  fleet: { type: 'string' },
  chart: { type: 'string' },
  workers: { type: 'string', default: String(availableParallelism()) },
  run: { type: 'string' },
  history: { type: 'string' },
  schedule: { type: 'string' },
  'no-shrink': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

const options = readOptions(USAGE, config, (values) => {
  if (values.chart !== undefined && values.fleet === undefined) throw new UsageFault('--chart needs --fleet')
  return {
    seed: seedOf(values.seed),
    switches: wholeNumber('switches', values.switches),
    queriesPerSwitch: wholeNumber('queries-per-switch', values['queries-per-switch']),
    fleet: values.fleet === undefined ? undefined : wholeNumber('fleet', values.fleet),
    chart: values.chart,
    workers: wholeNumber('workers', values.workers),
    run: values.run === undefined ? undefined : wholeNumber('run', values.run, 0),
    history: values.history,
    schedule: values.schedule,
    shrinks: !values['no-shrink'],
    json: values.json,
  }
})
if (options.fleet === undefined) await simulateSwitches()
else await simulateFleet(options.fleet)

async function simulateSwitches(): Promise<void> {
  const begunAt = performance.now()
  const reports = await carryOut<PlannedRun, RunReport>({
    jobs: planRuns(options),
    program: new URL('run-worker.ts', SIMULATION),
    scheduleOf,
    carryOutOne: carryOutRun,
  })
  const result = resultOf(options.seed, reports, digestOf(reports))
  if (!options.json) describe(result, (performance.now() - begunAt) / 1000)
  await explainFailure(reports, scheduleOf)
  if (options.json) console.log(JSON.stringify(result))
}

async function simulateFleet(processes: number): Promise<void> {
  const begunAt = performance.now()
  const parts = planFleet({ seed: options.seed, processes })
  const reports = await carryOut<FleetPart, PartReport>({
    jobs: parts,
    program: new URL('fleet-worker.ts', SIMULATION),
    scheduleOf: fleetSchedule,
    carryOutOne: carryOutPart,
  })
  const size = reports.map(({ run }) => run)
  const hosts = size.reduce((sum, part) => sum + part.hosts, 0)
  const own = size.reduce((sum, part) => sum + part.processes, 0)
  const result = resultOf(options.seed, reports, digestOf(reports))
  const fleet = fleetResult(
    { processes: own, hosts },
    reports.map((report) => report.fleet),
  )
  if (options.chart) writeFileSync(options.chart, drawFleetChart(fleet))
  if (!options.json) describeFleet(result, fleet, (performance.now() - begunAt) / 1000)
  await explainFailure(reports, fleetSchedule)
  if (options.json) console.log(JSON.stringify({ ...result, ...fleet }))
  assertBounds(fleet)
}

interface Work<Item extends Job, Report> {
  readonly jobs: readonly Item[]
  readonly program: URL
  readonly scheduleOf: (job: Item) => Schedule
  readonly carryOutOne: (job: Item) => Promise<Report>
}

async function carryOut<Item extends Job, Report extends RunReport<Item>>(work: Work<Item, Report>): Promise<Report[]> {
  const { seed, run, workers, history } = options
  const jobs = work.jobs.filter(({ number }) => run === undefined || number === run)
  const [only] = jobs
  if (!only) throw new UsageFault(`there is no run ${run} among ${work.jobs.length}`)
  console.error(`seed ${seed}: ${jobs.length} runs`)
  if (history) await writeHistory(work.scheduleOf(only), history)
  if (jobs.length === 1) return [await work.carryOutOne(only)]
  let done = 0
  const onReport = ({ run: { number, seed: own }, violations: [violation] }: Report) => {
    done += 1
    if (violation) console.error(`run ${number} (seed ${own}): ${violation.kind}: ${violation.details}`)
    if (done % 10 === 0) console.error(`${done} of ${jobs.length} runs`)
  }
  return carryOutJobs<Item, Report>(work.program, jobs, { workers, onReport })
}

function digestOf(reports: readonly RunReport<Job>[]): string {
  return createHash('sha256')
    .update(reports.map(({ digest }) => digest).join('\n'))
    .digest('hex')
}

async function writeHistory(schedule: Schedule, file: string): Promise<void> {
  const { lines } = await runSchedule(schedule, { keepHistory: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
  console.error(`${lines.length} lines in ${file}`)
}

/** Shows the shortest history that still fails, of the first run that did. */
async function explainFailure<Item extends Job>(
  reports: readonly RunReport<Item>[],
  scheduleOfRun: (run: Item) => Schedule,
): Promise<void> {
  const failed = reports.find(({ violations }) => violations.length > 0)
  if (!failed) return
  process.exitCode = 1
  const { run, violations } = failed
  console.log(`\nrun ${run.number} (seed ${run.seed}) failed:`)
  for (const { kind, at, details } of violations) console.log(`  at ${at} ms: ${kind}: ${details}`)
  const [first] = violations
  if (!options.shrinks || !first) return
  console.error('looking for the shortest history that still fails …')
  const { schedule, violation, lines } = await shortestHistory(scheduleOfRun(run), first)
  console.log(`\nthe shortest history that still fails (${violation.kind}):\n`)
  console.log(JSON.stringify(schedule.settings))
  for (const decision of schedule.decisions) console.log(JSON.stringify(decision))
  console.log(`\n${lines.slice(-MOST_LINES_SHOWN).join('\n')}`)
  if (options.schedule) writeFileSync(options.schedule, `${JSON.stringify(schedule, undefined, 2)}\n`)
}

function describe(result: CampaignResult, seconds: number): void {
  const { excused, violations, digest, ...figures } = result
  console.table(figures)
  for (const [title, counts] of Object.entries({ 'failed as the rules allow': excused, 'found wrong': violations })) {
    console.log(`${title}:`)
    for (const [name, count] of Object.entries(counts)) console.log(`  ${String(count).padStart(8)}  ${name}`)
    if (Object.keys(counts).length === 0) console.log('  nothing')
  }
  console.log(`digest ${digest}`)
  console.log(`${seconds.toFixed(1)} s, ${Math.round(result.queries / seconds)} queries a second`)
}

function describeFleet(result: CampaignResult, fleet: FleetResult, seconds: number): void {
  const { processes, hosts, peakAsksPerSecond, peakLoginsPerSecond, movedMs } = fleet
  console.table({ processes, hosts, peakAsksPerSecond, peakLoginsPerSecond, ...movedMs })
  describe(result, seconds)
}
