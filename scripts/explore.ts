import { availableParallelism } from 'node:os'
import {
  type CampaignResult,
  type JobReport,
  plannedDefects,
  plannedSearches,
  resultOf,
  type SearchJob,
  Shares,
} from '../packages/connector/test/explore/campaign.ts'
import { DEFECTS } from '../packages/connector/test/explore/defects.ts'
import type { Violation } from '../packages/connector/test/explore/search.ts'
import { carryOutJobs } from '../packages/connector/test/simulation/workers.ts'
import { readOptions, UsageFault, wholeNumber } from './command-line.ts'

const USAGE = `npm run -s explore -- [options]

Visits every state that two users, two processes, three proxies, two deployments, a reading and a writing statement can get into,
nearest first, up to a bound; the connector's own functions decide each step. Checks every state and every step, and that each of
ten seeded defects is found. Nothing is drawn at random.

  --states N       states to visit in all (default 10500000)
  --seconds N      how long to search at most, without the seeded defects (default 540)
  --accidents N    faults, steps of the clock, restarts, expired sessions and killed queries on each path (default 1)
  --users N        1 or 2 (default 2)
  --processes N    1 or 2 (default 2)
  --proxies N      1 to 3 (default 3)
  --workers N      processes to share the scenarios among (default: one a core)
  --break NAME     instead: searches with one seeded defect, and tells how it shows; one of
                   ${DEFECTS.map(({ name }) => name).join(', ')}
  --seeded         only the seeded defects
  --no-seeded      without them
  --json           the result as one line of JSON, last
  --help           this text`

const PROGRAM = new URL('../packages/connector/test/explore/explore-worker.ts', import.meta.url)

const config = {
  states: { type: 'string', default: '10500000' },
  seconds: { type: 'string', default: '540' },
  accidents: { type: 'string', default: '1' },
  users: { type: 'string', default: '2' },
  processes: { type: 'string', default: '2' },
  proxies: { type: 'string', default: '3' },
  workers: { type: 'string', default: String(availableParallelism()) },
  break: { type: 'string' },
  seeded: { type: 'boolean', default: false },
  'no-seeded': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

const options = readOptions(USAGE, config, (values) => {
  if (values.break !== undefined && !DEFECTS.some(({ name }) => name === values.break)) {
    throw new UsageFault(`there is no seeded defect ${JSON.stringify(values.break)}`)
  }
  if (values.seeded && values['no-seeded']) throw new UsageFault('--seeded and --no-seeded exclude each other')
  return {
    states: wholeNumber('states', values.states),
    ms: wholeNumber('seconds', values.seconds) * 1000,
    size: {
      accidents: wholeNumber('accidents', values.accidents, 0, 9),
      users: wholeNumber('users', values.users, 1, 2),
      processes: wholeNumber('processes', values.processes, 1, 2),
      proxies: wholeNumber('proxies', values.proxies, 1, 3),
    },
    workers: wholeNumber('workers', values.workers),
    defect: values.break,
    searches: !values.seeded && values.break === undefined,
    defects: !values['no-seeded'],
    json: values.json,
  }
})
const begunAt = performance.now()
const searched = options.searches ? await explore() : []
const names = options.defect === undefined ? DEFECTS.map(({ name }) => name) : [options.defect]
const seeded = options.defects ? await carryOut(plannedDefects(names)) : []
const { result, stories } = resultOf(searched, seeded, (performance.now() - begunAt) / 1000)
tellSeeded()
for (const story of stories) tellStory(story)
if (options.json) console.log(JSON.stringify({ ...result, stories }))
else describe(result)
const isFound = !options.defects || result.seededFound === names.length
if (result.violations > 0 || !isFound) process.exitCode = 1

async function explore(): Promise<JobReport[]> {
  const { states, ms, size, workers } = options
  const jobs = plannedSearches(size)
  const shares = new Shares(jobs, { states, ms, workers })
  let ended = 0
  return carryOut(jobs, ({ result: its }) => {
    ended += 1
    shares.ended(its, jobs[ended + workers - 1])
    const how = its.isComplete ? `all ${its.depth} steps` : `${its.depth} steps wholly`
    console.error(`${ended} of ${jobs.length}: ${its.scenario}: ${its.states} states, ${how}`)
  })
}

function carryOut(
  jobs: readonly SearchJob[],
  onReport: (report: JobReport) => void = () => undefined,
): Promise<JobReport[]> {
  return carryOutJobs<SearchJob, JobReport>(PROGRAM, jobs, { workers: options.workers, onReport })
}

function tellSeeded(): void {
  for (const { job, result: its } of seeded) {
    const defect = DEFECTS.find(({ name }) => name === job.defect)!
    const [violation] = its.violations
    const how = violation ? `found within ${its.states} states: ${violation.what}` : `not found in ${its.states} states`
    console.error(`seeded: ${defect.name} (${defect.what}): ${how}`)
    if (violation && options.defect !== undefined) tellStory(violation)
  }
}

function tellStory({ what, scenario, story }: Violation): void {
  console.error(`\n${what}\n${scenario}`)
  for (const [number, line] of story.entries()) console.error(`${String(number + 1).padStart(4)}  ${line}`)
}

function describe(figures: CampaignResult): void {
  console.table(figures)
}
