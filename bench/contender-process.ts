import { readFileSync } from 'node:fs'

/** The measurement of a turn by a contender's process. */
export interface Turn {
  /** Average duration of a run. */
  readonly seconds: number
  /** Processor time of the whole process in a run, on average. */
  readonly cpuSeconds: number
  /** Processor time of the program's own thread in a run, on average, where the system accounts for it (Linux). */
  readonly threadSeconds: number | undefined
  /** Maximum memory of the process after a run. */
  readonly rssBytes: number
}

/**
 * Runs a contender as often as the parent requests, and returns the measurement. A warm-up run precedes it, since other
 * processes have used the caches meanwhile.
 */
export function serveTurns(run: () => void | Promise<void>): void {
  let rssBytes = 0
  process.on('message', async (runs: number) => {
    await run()
    const started = performance.now()
    const workedBefore = threadSeconds()
    const cpuBefore = process.cpuUsage()
    for (let count = 0; count < runs; count++) {
      const done = run()
      if (done) await done
    }
    const seconds = (performance.now() - started) / 1000 / runs
    const { user, system } = process.cpuUsage(cpuBefore)
    const cpuSeconds = (user + system) / 1e6 / runs
    const worked = workedBefore === undefined ? undefined : (threadSeconds()! - workedBefore) / runs
    rssBytes = Math.max(rssBytes, process.memoryUsage.rss())
    process.send?.({ seconds, cpuSeconds, threadSeconds: worked, rssBytes } satisfies Turn)
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.('ready')
}

/** Processor time of this thread so far. */
function threadSeconds(): number | undefined {
  try {
    const [nanoseconds] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')
    return Number(nanoseconds) / 1e9
  } catch {
    return undefined
  }
}
