/** The outcomes of the statements of a load. */
export interface Tally {
  queries: number
  /** Statements that failed. */
  failed: number
  /** Streams that had shown rows, and INSERTs that may have run, which no client could have run again. */
  interrupted: number
  /** Results with fewer rows than there are, and INSERTs that succeeded without a trace. */
  lost: number
  /** Results with a row twice, and INSERTs that were executed twice. */
  doubled: number
  /** Results with rows of two engines, or of another one than they say. */
  mixed: number
  /** INSERTs that were reported as not executed, and were. */
  misreported: number
  /** The statement that took longest, in milliseconds. */
  slowestMs: number
  /** Messages of the first failures. */
  failures: string[]
}

const KEPT_FAILURES = 20

export function emptyTally(): Tally {
  return {
    queries: 0,
    failed: 0,
    interrupted: 0,
    lost: 0,
    doubled: 0,
    mixed: 0,
    misreported: 0,
    slowestMs: 0,
    failures: [],
  }
}

export function noteFailure(tally: Tally, text: string): void {
  if (tally.failures.length < KEPT_FAILURES) tally.failures.push(text)
}

/** One line for people. */
export function describeTally({ failures, ...counts }: Tally): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}

/** Whether everything is as it should be. @param mayInterrupt whether proxies cut off what was running */
export function isClean(tally: Tally, mayInterrupt: boolean): boolean {
  const { failed, interrupted, lost, doubled, mixed, misreported } = tally
  return failed + lost + doubled + mixed + misreported === 0 && (mayInterrupt || interrupted === 0)
}
