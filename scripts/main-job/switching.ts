import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalCluster } from 'e6data-local-cluster'
import type { SwitchWindow } from './tally.ts'

/** From the end of one deployment to the beginning of the next, in milliseconds. */
const PAUSE_MS = 1500

/** What each deployment leaves its clients in time to move, in milliseconds. */
const ACCEPT_AFTER_MS = 150
const CUT_OVER_AFTER_MS = 350

/** Deploys blue to green and back until told to stop; a deployment that has begun is finished. */
export class Switching {
  readonly windows: SwitchWindow[] = []
  completed = 0

  async run(cluster: LocalCluster, stop: AbortSignal): Promise<void> {
    while (await pause(PAUSE_MS, stop)) {
      const window = { from: performance.now(), to: Number.POSITIVE_INFINITY }
      this.windows.push(window)
      await cluster.deploy({ acceptAfterMs: ACCEPT_AFTER_MS, cutOverAfterMs: CUT_OVER_AFTER_MS })
      window.to = performance.now()
      this.completed += 1
    }
  }
}

/** Returns false when told to stop. */
async function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal: stop })
    return true
  } catch {
    return !stop.aborted // the only way to be woken early
  }
}
