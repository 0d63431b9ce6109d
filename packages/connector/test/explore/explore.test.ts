import { describe, expect, it } from 'vitest'
import type { StrategyEvent } from '../../src/strategy/strategy-change.ts'
import {
  DEFAULT_STRATEGY_LIMITS,
  initialStrategyState,
  type StrategyState,
  step,
} from '../../src/strategy/strategy-state.ts'
import { carryOutSearch, plannedDefects, plannedSearches, resultOf } from './campaign.ts'
import { DEFECTS } from './defects.ts'
import { StateSet } from './state-set.ts'
import { aged, NOW } from './world.ts'

const SIZE = { users: 2, processes: 2, proxies: 3, accidents: 1 }

/** Within this bound a search takes a second. */
const STATES = 4000

/** No machine is so slow that time decides where these searches end. */
const FOR_EVER_MS = 1e9

const searches = plannedSearches(SIZE).map((job) => ({ ...job, states: STATES, ms: FOR_EVER_MS, pathEvery: 16 }))

describe('in every state within the bound the connector keeps its rules', () => {
  const picked = searches.filter(({ scenario }) => scenario.program === 'both' && scenario.phase !== 'gap')
  const some = picked.filter((_, index) => index % 4 === 0)

  it.each(some)('$scenario.name', { timeout: 60_000 }, async (job) => {
    const { result } = await carryOutSearch(job)
    expect(result.violations).toEqual([])
    expect(result.isComplete || result.states >= STATES).toBe(true)
  })
})

describe('a search', () => {
  const job = searches.find(({ scenario }) => scenario.name === 'two processes; blue-gone, nothing known; read')!

  it('visits the same states whenever it is made', async () => {
    const [{ result: one }, { result: other }] = [await carryOutSearch(job), await carryOutSearch(job)]
    expect(other).toEqual({ ...one, ms: other.ms })
    expect(one.isComplete).toBe(true)
    expect(one.states).toBeGreaterThan(500)
  })

  it('ends at its bound and says how deep it has looked', async () => {
    const report = await carryOutSearch({ ...job, states: 100 })
    const { result } = resultOf([report], [], 1)
    expect(report.result.isComplete).toBe(false)
    expect(result).toMatchObject({ violations: 0, scenarios: 1, completed: 0, depth: report.result.depth })
    expect(result.depth).toBeGreaterThan(0)
    expect(result.states).toBeLessThan(200)
  })
})

describe('a search finds a seeded defect', () => {
  const quick = [
    'announced-is-ready',
    'write-runs-again',
    'rows-are-forgotten',
    'asker-is-for-ever',
    'last-writer-wins',
  ]

  it.each(plannedDefects(quick))('$defect', { timeout: 60_000 }, async (job) => {
    const { result } = await carryOutSearch(job)
    expect(result.violations).toHaveLength(1)
  })

  it('and tells the shortest way to it, step by step', async () => {
    const [job] = plannedDefects(['write-runs-again'])
    const { result } = await carryOutSearch(job!)
    const [violation] = result.violations
    expect(violation!.story.join('\n')).toMatchInlineSnapshot(`
      "at first: two processes; blue-gone, nothing known; write
      a program starts the write; the write waits for a strategy; detection asks blue
      detection of process 2 asks blue; it is refused with 456
      detection of process 2 asks green; it is served; the write may go to green; the write sends prepare to green
      prepare of the write reaches green; it is served
      the write hears of its prepare; the write sends execute to green
      execute of the write reaches green; the answer is lost
      execute failed (connection-lost): give-up; the write is run again; the write sends prepare to green
      prepare of the write reaches green; it is served
      the write hears of its prepare; the write sends execute to green
      execute of the write reaches green; it is served
      → the write was executed 2 times"
    `)
  })

  it('of which there are ten, each with a name of its own', () => {
    expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(10)
    expect(plannedDefects(DEFECTS.map(({ name }) => name))).toHaveLength(10)
  })
})

describe('what the search relies on', () => {
  const by = { strategy: 'blue', epoch: 1 } as const
  const EVENTS: readonly StrategyEvent[] = [
    { kind: 'set-active', strategy: 'blue' },
    { kind: 'announced', strategy: 'green', by },
    { kind: 'announced', strategy: 'blue', by },
    { kind: 'ready', strategy: 'green', epoch: 1 },
    { kind: 'boundary' },
    { kind: 'refused', by },
    { kind: 'served-elsewhere', strategy: 'green', refused: by, refusedSentAt: NOW - 20 },
    { kind: 'strayed', refused: by },
    { kind: 'checked', of: by, active: 'fails', other: 'works' },
    { kind: 'asks', asker: 'a', pauseMs: 50, purpose: 'hold' },
    { kind: 'asks', asker: 'b', pauseMs: 50, purpose: 'hold' },
    { kind: 'confirmed', by, sentAt: NOW - 10 },
    { kind: 'clear' },
  ]
  const LATER_MS = [0, 5, 300, 1100, 11_000, 301_000]

  it('the rules know no moment, only how long ago something was', () => {
    const limits = DEFAULT_STRATEGY_LIMITS
    let states: StrategyState[] = [initialStrategyState(limits)]
    for (let round = 0; round < 3; round++) {
      states = states.flatMap((state) =>
        EVENTS.flatMap((event) => {
          const after = step(state, event, NOW, limits)
          for (const ms of LATER_MS) {
            expect(step(aged(state, ms), aged(event, ms), NOW - ms, limits)).toEqual(aged(after, ms))
          }
          return after === state ? [] : [aged(after, LATER_MS[(round * 2 + 3) % LATER_MS.length]!)]
        }),
      )
    }
    expect(states.length).toBeGreaterThan(100)
  })

  it('a set of states takes each once, and knows the way to it', () => {
    const states = new StateSet(10_000)
    const row = (number: number) => Int32Array.of(number & 7, number >> 3, 3, number)
    const first = states.add(row(0), 0)
    states.adopt(first)
    let last = first
    for (let number = 1; number < 5000; number++) last = states.add(row(number), last)
    expect(states.size).toBe(5000)
    for (let number = 0; number < 5000; number++) expect(states.add(row(number), 0)).toBe(-1)
    expect(states.pathTo(last)).toHaveLength(5000)
  })
})
