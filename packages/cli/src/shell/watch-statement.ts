import { setTimeout as sleep } from 'node:timers/promises'
import { readsOnly } from 'e6data-connector/wire'
import { CommandError } from '../command-error.ts'
import { runStatement, type ShellSession } from './shell-session.ts'

const DEFAULT_SECONDS = 2

/**
 * Repeats a reading statement until Ctrl-C ends the run or the pause.
 * @throws CommandError for a statement that may write, and for an invalid pause
 */
export async function watchStatement(session: ShellSession, given: string | undefined): Promise<void> {
  const seconds = given === undefined ? DEFAULT_SECONDS : Number(given)
  if (!(seconds >= 0.1 && seconds <= 86_400)) throw new CommandError('\\watch takes seconds, from 0.1 to 86400')
  const sql = session.buffer.take() || session.lastStatement
  if (sql === undefined) throw new CommandError('nothing was typed or run yet')
  if (!readsOnly(sql)) throw new CommandError('\\watch runs SELECT, WITH and VALUES, which only read')
  const { stdout } = session.invocation.environment
  for (;;) {
    stdout.write(`${new Date().toTimeString().slice(0, 8)}, every ${seconds} s\n`)
    await runStatement(session, sql)
    if (session.invocation.interruption.signal.aborted) return
    const isOver = await session.runner.cancellable(
      (signal) => sleep(seconds * 1000, false, { signal }).catch(() => true), // Ctrl-C ends the pause
    )
    if (isOver) return
  }
}
