/** What a contender's process answers a turn with. */
export interface Turn {
  /** How long a run took, on average. */
  readonly seconds: number
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
    for (let count = 0; count < runs; count++) {
      const done = run()
      if (done) await done
    }
    const seconds = (performance.now() - started) / 1000 / runs
    rssBytes = Math.max(rssBytes, process.memoryUsage.rss())
    process.send?.({ seconds, rssBytes } satisfies Turn)
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.('ready')
}
