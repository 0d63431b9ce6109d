import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { planRuns, scheduleOf } from './campaign.ts'
import { drawSchedule } from './draw-schedule.ts'
import { FAILED_SEEDS } from './failed-seeds.ts'
import { runSchedule } from './run-schedule.ts'
import type { Schedule } from './schedule.ts'

/** Fixed runs in addition to those that once failed. `npm run simulate` draws new ones each time. */
const SEED = 7
const RUNS = 6

const SMALL = { switches: 3, queriesPerSwitch: 120 }

/** A schedule that once failed, and what was wrong. */
interface KeptHistory {
  readonly found: string
  readonly schedule: Schedule
}

const HISTORIES = new URL('./histories/', import.meta.url)

const histories = readdirSync(HISTORIES).map((name) => ({
  name,
  ...(JSON.parse(readFileSync(new URL(name, HISTORIES), 'utf8')) as KeptHistory),
}))

describe('a simulated run', () => {
  it('is the same, byte for byte, whenever its seed is the same', async () => {
    for (const seed of [1, 2, 3, 4]) {
      const first = await runSchedule(drawSchedule(seed, SMALL), { keepHistory: true })
      const second = await runSchedule(drawSchedule(seed, SMALL), { keepHistory: true })
      expect(second.lines).toEqual(first.lines)
      expect(second.digest).toBe(first.digest)
    }
  })

  it('is another one when its seed is another', async () => {
    const runs = await Promise.all([5, 6].map((seed) => runSchedule(drawSchedule(seed, SMALL))))
    expect(runs[0]!.digest).not.toBe(runs[1]!.digest)
  })
})

describe('the connector keeps to its rules', () => {
  it.each(histories)('in a history that once failed: $name', async ({ schedule }) => {
    expect((await runSchedule(schedule)).violations).toEqual([])
  })

  it.each(FAILED_SEEDS)('with a seed that once failed: $seed, $found', { timeout: 120_000 }, async (failed) => {
    expect((await runSchedule(drawSchedule(failed.seed, failed))).violations).toEqual([])
  })

  const switches = RUNS * 5
  const again = `npm run simulate -- --seed ${SEED} --switches ${switches} --queries-per-switch 100`
  const runs = planRuns({ seed: SEED, switches, queriesPerSwitch: 100 })

  it.each(runs)(`in run %# of a seed (again: ${again})`, async (run) => {
    const { violations, tally } = await runSchedule(scheduleOf(run))
    expect(violations).toEqual([])
    // Processes that crash take some of what was planned with them.
    expect(tally.queries).toBeGreaterThan(0.5 * run.switches * run.queriesPerSwitch)
  })
})
