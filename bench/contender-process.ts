import { readFileSync } from 'node:fs'

/** What a contender's process answers a turn with. */
export interface Turn {
  /** How long a run took, on average. */
  readonly seconds: number
  /** Processor time of the whole process in a run, on average. */
  readonly cpuSeconds: number
  /** Processor time of the program's own thread in a run, on average, where the system accounts for it (Linux). */
  readonly threadSeconds: number | undefined
  /** The most memory that the process was found to hold after a run. */
  readonly rssBytes: number
}

/**
 * Runs a contender when the parent says how often, and answers with what it took. A run that does not count goes before:
 * a process that has slept finds its caches and its heap as the others left them.
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
