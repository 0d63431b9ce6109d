import type { Environment } from './environment.ts'
import { EXITS, type ExitName } from './exits.ts'
import { failureLines, outputFailure } from './failure.ts'
import type { Interruption } from './interruption.ts'

/**
 * Runs `work` with both output streams watched, and returns the exit status once everything is written. A stream that
 * fails, such as a file on a full disk, ends the work and determines the exit status.
 * @param command prefix of failure messages, such as `e6data query`
 */
export async function guardedRun(
  { stdout, stderr }: Pick<Environment, 'stdout' | 'stderr'>,
  interruption: Interruption,
  command: string,
  work: () => ExitName | Promise<ExitName>,
): Promise<number> {
  for (const stream of [stdout, stderr]) interruption.watchOutput(stream)
  const exit = await work()
  await Promise.all([flushed(stdout), flushed(stderr)])
  if (interruption.outputFailure === undefined) return EXITS[exit].code
  stderr.write(failureLines(outputFailure(interruption.outputFailure), command))
  await flushed(stderr)
  return EXITS.output.code
}

/** Resolves when all output has been flushed, or cannot be. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // A write that fails emits its error after its callback.
    stream.write('', () => setImmediate(resolve))
  })
}
