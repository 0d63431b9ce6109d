import assert from 'node:assert/strict'
import { carryOutPart } from '../../packages/connector/test/simulation/fleet.ts'
import { assertBounds, fleetResult } from '../../packages/connector/test/simulation/fleet-figures.ts'
import { planFleet } from '../../packages/connector/test/simulation/fleet-plan.ts'
import type { Scenario } from './scenario.ts'

/** The short form; `npm run simulate -- --fleet 10000` runs the whole fleet. */
const FLEET = { seed: 62, processes: 300, queries: 6000 }

export const FLEET_SCENARIOS: readonly Scenario[] = [
  {
    id: 62,
    title: 'A simulated fleet in one switch with both refusing for 5 s: the bounds of rule 21, 0 failed',
    async run() {
      const reports = []
      for (const part of planFleet(FLEET)) reports.push(await carryOutPart(part))
      assert.deepEqual(
        reports.flatMap(({ violations }) => violations),
        [],
      )
      const hosts = reports.reduce((sum, { run }) => sum + run.hosts, 0)
      const fleet = fleetResult(
        { processes: FLEET.processes, hosts },
        reports.map((report) => report.fleet),
      )
      assertBounds(fleet)
      const { movedMs, peakAsksPerSecond } = fleet
      return `${FLEET.processes} processes, 0 failed, all moved ${movedMs.all} ms after green accepts, ${peakAsksPerSecond} asks a second at most`
    },
  },
]
