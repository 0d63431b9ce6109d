import type { CancelSchedule, Clock } from '../time/clock.ts'

/** The pause at the start of a hold, in milliseconds: this, and as much jitter more. */
const FIRST_PAUSE_MS = 5
const FIRST_JITTER_MS = 20

/** Later it is this share of the time held, and as much jitter more: 6 to 10 %. */
const HELD_SHARE = 0.06
const HELD_JITTER_SHARE = 0.04

/** Who asks for all is replaced when silent for two pauses; those of a hold's start are too short to tell. */
const LEAST_LEASE_MS = 50

/** How long to wait before the deployments are asked again (rule 21). */
export function holdPauseMs(heldMs: number, clock: Clock): number {
  const first = FIRST_PAUSE_MS + clock.jitter(FIRST_JITTER_MS)
  return Math.max(first, heldMs * HELD_SHARE + clock.jitter(heldMs * HELD_JITTER_SHARE))
}

/** The pause by which another process judges whether the asker is still there. */
export function askerLeaseMs(pauseMs: number): number {
  return Math.max(pauseMs, LEAST_LEASE_MS)
}

/** Waits for `work` and says all the while that the asker is still there. */
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
