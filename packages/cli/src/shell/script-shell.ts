import { text as readAll } from 'node:stream/consumers'
import type { ExitName } from '../exits.ts'
import { closeSession, openSession, runText, type ShellStart } from './open-session.ts'
import { NO_TERMINAL } from './shell-terminal.ts'

/** Runs a script; the first failure ends it. */
export async function runScript(start: ShellStart, script: string | NodeJS.ReadableStream): Promise<ExitName> {
  const { interruption } = start.invocation
  const session = openSession(start, NO_TERMINAL, () => [])
  const text = typeof script === 'string' ? script : await interruption.race(readAll(script))
  const cancel = () => session.runner.cancel()
  interruption.signal.addEventListener('abort', cancel, { once: true })
  try {
    await runText(session, text)
    return 'ok'
  } finally {
    interruption.signal.removeEventListener('abort', cancel)
    await closeSession(session)
  }
}
