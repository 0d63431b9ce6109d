import { type RunReport, reportOf } from './campaign.ts'
import { type FleetCounts, FleetFigures } from './fleet-figures.ts'
import { type FleetPart, fleetSchedule } from './fleet-plan.ts'
import { runSchedule } from './run-schedule.ts'

/** The outcome of some hosts of a fleet. */
export interface PartReport extends RunReport<FleetPart> {
  readonly fleet: FleetCounts
}

/** Runs some hosts of a fleet, with all checks of the simulation. */
export async function carryOutPart(part: FleetPart): Promise<PartReport> {
  const figures = new FleetFigures()
  const outcome = await runSchedule(fleetSchedule(part), { observer: figures })
  return { ...reportOf(part, outcome), fleet: figures.counts() }
}
