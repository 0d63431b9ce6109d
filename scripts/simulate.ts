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
import { carryOutRuns } from '../packages/connector/test/simulation/run-fleet.ts'
import { runSchedule } from '../packages/connector/test/simulation/run-schedule.ts'
import { shortestHistory } from '../packages/connector/test/simulation/shortest-history.ts'
import { readOptions, seedOf, wholeNumber } from './command-line.ts'

const USAGE = `npm run -s simulate -- [options]

Runs the connector against simulated clusters, on a simulated clock and network, and checks every rule at every step.
The same seed gives the same runs, byte for byte.

  --seed N                what everything is drawn from (default: a fresh one, printed)
  --switches N            switches to plan (default 100)
  --queries-per-switch N  queries to run around each (default ${DEFAULT_QUERIES_PER_SWITCH})
  --workers N             processes to share the runs among (default: one a core)
  --run N                 only this run of the campaign
  --history FILE          with --run: writes all that happened in it
  --schedule FILE         on a failure: writes the shortest schedule that still fails, to be replayed by a test
  --no-shrink             on a failure: don't look for the shortest history
  --json                  the result as one line of JSON, last
  --help                  this text`

/** More lines of a history than these are not shown; `--run` with `--history` writes them all. */
const MOST_LINES_SHOWN = 400

const config = {
  seed: { type: 'string' },
  switches: { type: 'string', default: '100' },
  'queries-per-switch': { type: 'string', default: String(DEFAULT_QUERIES_PER_SWITCH) },
  workers: { type: 'string', default: String(availableParallelism()) },
  run: { type: 'string' },
  history: { type: 'string' },
  schedule: { type: 'string' },
  'no-shrink': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

const options = readOptions(USAGE, config, (values) => ({
  seed: seedOf(values.seed),
  switches: wholeNumber('switches', values.switches),
  queriesPerSwitch: wholeNumber('queries-per-switch', values['queries-per-switch']),
  workers: wholeNumber('workers', values.workers),
  run: values.run === undefined ? undefined : wholeNumber('run', values.run, 0),
  history: values.history,
  schedule: values.schedule,
  shrinks: !values['no-shrink'],
  json: values.json,
}))
await simulate()

async function simulate(): Promise<void> {
  const { seed, switches, queriesPerSwitch, run } = options
  const planned = planRuns({ seed, switches, queriesPerSwitch })
  const runs = planned.filter(({ number }) => run === undefined || number === run)
  const [only] = runs
  if (!only) throw new Error(`there is no run ${run} in ${switches} switches`)
  console.error(`seed ${seed}: ${runs.length} runs`)
  if (options.history) await writeHistory(only, options.history)

  const begunAt = performance.now()
  const reports = runs.length === 1 ? [await carryOutRun(only)] : await carryOutRuns(runs, fleet(runs.length))
  const digest = createHash('sha256')
    .update(reports.map((report) => report.digest).join('\n'))
    .digest('hex')
  const result = resultOf(seed, reports, digest)
  const seconds = (performance.now() - begunAt) / 1000
  if (!options.json) describe(result, seconds)
  const failed = reports.find(({ violations }) => violations.length > 0)
  if (failed) {
    process.exitCode = 1
    await explain(failed)
  }
  if (options.json) console.log(JSON.stringify(result))
}

function fleet(count: number) {
  let done = 0
  const onReport = ({ run, violations: [violation] }: RunReport) => {
    done += 1
    if (violation) console.error(`run ${run.number} (seed ${run.seed}): ${violation.kind}: ${violation.details}`)
    if (done % 20 === 0) console.error(`${done} of ${count} runs`)
  }
  return { workers: options.workers, onReport }
}

async function writeHistory(run: PlannedRun, file: string): Promise<void> {
  const { lines } = await runSchedule(scheduleOf(run), { keepHistory: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
  console.error(`${lines.length} lines in ${file}`)
}

/** Shows the shortest history that still fails. */
async function explain({ run, violations }: RunReport): Promise<void> {
  console.log(`\nrun ${run.number} (seed ${run.seed}) failed:`)
  for (const { kind, at, details } of violations) console.log(`  at ${at} ms: ${kind}: ${details}`)
  const [first] = violations
  if (!options.shrinks || !first) return
  console.error('looking for the shortest history that still fails …')
  const { schedule, violation, lines } = await shortestHistory(scheduleOf(run), first)
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
