import { EXITS, type ExitName } from './exits.ts'
import { failureLines, outputFailure } from './failure.ts'
import type { Interruption } from './interruption.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Runs `work` with both output streams watched, and returns the exit status once everything is written. A stream that
 * takes no more, such as a file on a full disk, ends the work and decides the exit status, whatever the work returns.
 * @param command begins the message of a failure, such as `e6data query`
 */
export async function guardedRun(
  { stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>,
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

/** Resolves when everything written so far has left this process, or can't. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // A write that fails emits its error after its callback.
    stream.write('', () => setImmediate(resolve))
  })
}
