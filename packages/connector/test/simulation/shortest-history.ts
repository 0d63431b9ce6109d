import { type RunOutcome, runSchedule } from './run-schedule.ts'
import type { Schedule } from './schedule.ts'
import { shrink } from './shrink.ts'
import type { Violation } from './watch.ts'

/** The shortest schedule that still shows a violation, and its events. */
export interface ShortestHistory {
  readonly schedule: Schedule
  readonly violation: Violation
  readonly lines: readonly string[]
}

/** Reduces a schedule with a violation to the events that it needs. */
export async function shortestHistory(schedule: Schedule, looked: Violation): Promise<ShortestHistory> {
  const signature = signatureOf(looked)
  const find = async (candidate: Schedule, keepHistory: boolean): Promise<[RunOutcome, Violation | undefined]> => {
    const outcome = await runSchedule(candidate, { stopAtFirst: true, keepHistory })
    return [outcome, outcome.violations.find((it) => signatureOf(it) === signature)]
  }
  const fails = async (candidate: Schedule) => (await find(candidate, false))[1] !== undefined
  const shortest = await shrink(schedule, fails, { until: looked.at })
  const [{ lines }, violation] = await find(shortest, true)
  if (!violation) throw new Error(`the same schedule gave another run: ${signature} did not happen again`)
  return { schedule: shortest, violation, lines }
}

/** The identity of a violation, independent of its query or process. */
function signatureOf({ kind, details }: Violation): string {
  return `${kind} ${/\b\w+Error\b/.exec(details)?.[0] ?? ''}`
}
