import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from '../command-error.ts'
import type { Invocation } from '../invocation.ts'
import { printable } from '../printable.ts'
import { writableStatePath } from '../profile/state-folder.ts'
import { type LocalState, runningLocalCluster } from './local-state.ts'

const LOG_FILE = 'local.log'

/** Time limit for the start of a cluster, in milliseconds. Generating a billion rows takes minutes. */
const PATIENCE_MS = 600_000

const LOOK_EVERY_MS = 50

/**
 * Starts this command again in the background, and waits until its cluster is running.
 * @throws CommandError with its last message when it ends instead
 */
export async function startDetached({ environment, interruption }: Invocation): Promise<LocalState> {
  const logPath = writableStatePath(environment, LOG_FILE)
  const log = openSync(logPath, 'w', 0o600)
  const words = process.argv.slice(1).filter((word) => word !== '--detach')
  const child = spawn(process.execPath, [...process.execArgv, ...words], {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const until = performance.now() + PATIENCE_MS
  try {
    for (;;) {
      const state = runningLocalCluster(environment)
      if (state !== undefined && state.pid === child.pid) return state
      if (child.exitCode !== null || child.signalCode !== null) throw new CommandError(lastWords(logPath), 'local')
      if (performance.now() > until) throw new CommandError(`the local cluster did not start: see ${logPath}`, 'local')
      await sleep(LOOK_EVERY_MS, undefined, { signal: interruption.signal })
    }
  } catch (error) {
    child.kill()
    throw error
  } finally {
    child.unref()
  }
}

function lastWords(logPath: string): string {
  const lines = readFileSync(logPath, 'utf8').trim().split('\n')
  const told = lines.find((line) => line.startsWith('e6data'))?.replace(/^e6data[^:]*: /, '')
  return told ?? `the local cluster ended at once: ${printable(lines.at(-1) ?? '')}`
}
