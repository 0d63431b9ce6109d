import { DEFECTS, rulesWith } from './defects.ts'
import { type Scenario, scenariosOf, type WorldSize } from './scenarios.ts'
import { type SearchResult, search, type Violation } from './search.ts'

/** One search, for a process of its own. */
export interface SearchJob {
  readonly number: number
  /** Nothing is drawn at random: what a job finds, it finds each time. */
  readonly seed: 0
  readonly scenario: Scenario
  readonly defect: string | undefined
  /** Its bounds, which are set anew as others leave theirs unused. */
  states: number
  ms: number
  readonly pathEvery: number
}

export interface JobReport {
  readonly job: SearchJob
  readonly result: SearchResult
}

export interface CampaignBounds {
  /** States in all. */
  readonly states: number
  /** Time in all, in milliseconds. */
  readonly ms: number
  readonly workers: number
}

export interface CampaignResult {
  readonly states: number
  /** Steps within which every scenario was visited wholly, or to its end. */
  readonly depth: number
  readonly violations: number
  readonly seededFound: number
  readonly scenarios: number
  /** Scenarios of which every state was visited. */
  readonly completed: number
  readonly deepest: number
  readonly transitions: number
  /** States from which a way to the end of all calls was looked for. */
  readonly paths: number
  readonly collisionProbability: number
  readonly seconds: number
}

/** A way to the end is looked for from one state in so many. */
const PATH_EVERY = 32

/** A seeded defect shows within so many states, or is not found. */
const STATES_FOR_DEFECT = 300_000

/** Where defects are looked for, three proxies suffice, and two of all else. */
const DEFECT_SIZE = { users: 2, processes: 2, proxies: 3 } as const

/** The searches of the connector as it is. Small ones come first, so that large ones get what these leave. */
export function plannedSearches(size: WorldSize): SearchJob[] {
  const scenarios = scenariosOf(size).sort((one, other) => weightOf(one) - weightOf(other))
  return scenarios.map((scenario, number) => newJob({ number, scenario, defect: undefined, pathEvery: PATH_EVERY }))
}

/** Searches that must each find a seeded defect. */
export function plannedDefects(names: readonly string[]): SearchJob[] {
  return DEFECTS.filter(({ name }) => names.includes(name)).map(
    ({ name, accidents, scenario, isOfLiveness }, number) => {
      const { placement, ...where } = scenario
      const found = scenariosOf({ ...DEFECT_SIZE, accidents }).find((it) => fits(it, placement, where))
      if (!found) throw new Error(`the seeded defect ${name} has no scenario`)
      const pathEvery = isOfLiveness ? 1 : Number.MAX_SAFE_INTEGER
      return { ...newJob({ number, scenario: found, defect: name, pathEvery }), states: STATES_FOR_DEFECT, ms: 120_000 }
    },
  )
}

function newJob(fields: Pick<SearchJob, 'number' | 'scenario' | 'defect' | 'pathEvery'>): SearchJob {
  return { ...fields, seed: 0, states: 0, ms: 0 }
}

function fits(scenario: Scenario, placement: string, where: Partial<Scenario>): boolean {
  const names = Object.keys(where) as (keyof Scenario)[]
  return scenario.name.startsWith(placement) && names.every((name) => scenario[name] === where[name])
}

function weightOf({ phase, program }: Scenario): number {
  const isShort = phase === 'blue-gone' || phase === 'blue-denies' || phase === 'gap'
  return (isShort ? 0 : 2) + (program === 'both' ? 1 : 0)
}

/** Shares what is left of the bounds among the jobs that have not begun. */
export class Shares {
  readonly #bounds: CampaignBounds
  readonly #waiting: Set<SearchJob>
  readonly #begunAt = performance.now()
  #states = 0

  constructor(jobs: readonly SearchJob[], bounds: CampaignBounds) {
    this.#bounds = bounds
    this.#waiting = new Set(jobs)
    this.#share()
  }

  /** A job has ended: another one has begun in its place. */
  ended({ states }: SearchResult, next: SearchJob | undefined): void {
    this.#states += states
    this.#share()
    if (next) this.#waiting.delete(next)
  }

  #share(): void {
    const { states, ms, workers } = this.#bounds
    const jobs = Math.max(this.#waiting.size, 1)
    const msLeft = Math.max(ms - (performance.now() - this.#begunAt), 100)
    for (const job of this.#waiting) {
      job.states = Math.max(Math.ceil((states - this.#states) / jobs), 1)
      job.ms = (msLeft * workers) / Math.max(jobs, workers)
    }
  }
}

export async function carryOutSearch(job: SearchJob): Promise<JobReport> {
  const { scenario, defect, states, ms, pathEvery } = job
  const rules = rulesWith(DEFECTS.find(({ name }) => name === defect))
  const result = search(scenario, rules, { states, ms, pathEvery, stopsAtViolation: defect !== undefined })
  return { job, result }
}

/** What all searches have come to; of the violations, the shortest of each kind. */
export function resultOf(
  reports: readonly JobReport[],
  seeded: readonly JobReport[],
  seconds: number,
): { result: CampaignResult; stories: Violation[] } {
  const results = reports.map(({ result }) => result)
  const sum = (count: (result: SearchResult) => number) => results.reduce((total, result) => total + count(result), 0)
  const open = results.filter(({ isComplete }) => !isComplete)
  const deepest = Math.max(0, ...results.map(({ depth }) => depth))
  const stories = shortestOfEach(results.flatMap(({ violations }) => violations))
  return {
    result: {
      states: sum(({ states }) => states),
      depth: open.length > 0 ? Math.min(...open.map(({ depth }) => depth)) : deepest,
      violations: stories.length,
      seededFound: seeded.filter(({ result }) => result.violations.length > 0).length,
      scenarios: results.length,
      completed: results.length - open.length,
      deepest,
      transitions: sum(({ transitions }) => transitions),
      paths: sum(({ paths }) => paths),
      collisionProbability: sum(({ states }) => states ** 2) / 2 ** 65,
      seconds: Math.round(seconds * 10) / 10,
    },
    stories,
  }
}

function shortestOfEach(violations: readonly Violation[]): Violation[] {
  const shortest = new Map<string, Violation>()
  for (const violation of violations) {
    const known = shortest.get(violation.what)
    if (!known || violation.story.length < known.story.length) shortest.set(violation.what, violation)
  }
  return [...shortest.values()]
}
