import { type Ended, wordsFor } from './statements.ts'
import { after } from './waiting.ts'

/** The outcomes of many statements. */
export interface LoadReport {
  readonly statements: number
  /** How each failed, if it did. */
  readonly failures: readonly string[]
  readonly slowestMs: number
  /** Statements by the strategy that ran them. */
  readonly byStrategy: ReadonlyMap<string, number>
}

/** Pause of a worker between two statements, in milliseconds: scenarios share a machine. */
const PAUSE_MS = 20

/** Runs statements one after the other by each of several workers, until told to stop. */
export async function underLoad(
  workers: number,
  statement: (worker: number) => Promise<Ended>,
  goesOn: () => boolean,
): Promise<LoadReport> {
  const failures: string[] = []
  const byStrategy = new Map<string, number>()
  let statements = 0
  let slowestMs = 0
  const work = async (worker: number) => {
    while (goesOn()) {
      const begun = performance.now()
      const ended = await statement(worker)
      slowestMs = Math.max(slowestMs, performance.now() - begun)
      statements += 1
      const words = wordsFor(ended)
      if (words !== 'ok') failures.push(words)
      if (ended.kind === 'rows') byStrategy.set(ended.strategy, (byStrategy.get(ended.strategy) ?? 0) + 1)
      await after(PAUSE_MS, undefined)
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
  return { statements, failures, slowestMs, byStrategy }
}

/** A condition that holds for a time, in milliseconds, from now on. */
export function lasting(ms: number): () => boolean {
  const end = performance.now() + ms
  return () => performance.now() < end
}
