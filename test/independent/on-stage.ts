import { it } from 'vitest'
import { play, type Stage } from '../scenarios/scenario.ts'

/** A test on a stage of its own. If it fails, the error shows the server's log. */
export const onStage = (title: string, run: (stage: Stage) => Promise<void>, timeoutMs = 30_000): void =>
  it(title, () => play({ id: 0, title, run: async (stage) => run(stage).then(() => '') }), timeoutMs)
