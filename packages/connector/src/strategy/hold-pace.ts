import type { CancelSchedule, Clock } from '../time/clock.ts'

/** The pause at the start of a hold, in milliseconds, plus up to as much jitter. */
const FIRST_PAUSE_MS = 5
const FIRST_JITTER_MS = 20

/** Later the pause is this fraction of the time held, plus up to two thirds as much jitter: 6 to 10 %. */
const HELD_SHARE = 0.06
const HELD_JITTER_SHARE = 0.04

/**
 * The minimum silence before the asker is replaced, in milliseconds. It is normally two pauses, but those at the start
 * of a hold are too short.
 */
const LEAST_LEASE_MS = 50

/** Returns the time before the deployments are asked again, in milliseconds (rule 21). */
export function holdPauseMs(heldMs: number, clock: Clock): number {
  const first = FIRST_PAUSE_MS + clock.jitter(FIRST_JITTER_MS)
  return Math.max(first, heldMs * HELD_SHARE + clock.jitter(heldMs * HELD_JITTER_SHARE))
}

/** Returns the pause from which other processes judge whether the asker still exists. */
export function askerLeaseMs(pauseMs: number): number {
  return Math.max(pauseMs, LEAST_LEASE_MS)
}

/** Waits for `work`, and meanwhile keeps reporting that the asker still exists. */
export async function renewing<T>(work: Promise<T>, leaseMs: number, clock: Clock, renew: () => void): Promise<T> {
  let cancel: CancelSchedule = () => undefined
  const schedule = () => {
    cancel = clock.schedule(
      leaseMs,
      () => {
        renew()
        schedule()
      },
      'background',
    )
  }
  schedule()
  try {
    return await work
  } finally {
    cancel()
  }
}
