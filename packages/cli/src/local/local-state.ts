import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { CommandError } from '../command-error.ts'
import type { Environment } from '../environment.ts'
import { statePath, writableStatePath } from '../profile/state-folder.ts'

/** The saved state of the running local cluster. It contains the token, so only its owner can read the file. */
export interface LocalState {
  readonly pid: number
  /** The URL for clients, with the token. */
  readonly url: string
  readonly adminUrl: string
  /** The address of the console, with its token. */
  readonly consoleUrl: string
  /** The authority of its certificate in PEM form, with TLS. */
  readonly ca?: string
  readonly startedAt: string
}

const FILE = 'local.json'

type Place = Pick<Environment, 'env' | 'home'>

/** The running local cluster; `undefined` without one, also after a kill that left the file. */
export function runningLocalCluster(place: Place): LocalState | undefined {
  const state = readState(statePath(place, FILE))
  return state && isAlive(state.pid) ? state : undefined
}

/** @throws CommandError when none is running */
export function requireLocalCluster(place: Place): LocalState {
  const state = runningLocalCluster(place)
  if (state) return state
  throw new CommandError('no local cluster is running: start one with `e6data local up --detach`', 'local')
}

/**
 * Saves a cluster. If two start at once, one wins.
 * @throws CommandError when one is already running
 */
export function rememberLocalCluster(place: Place, state: LocalState): void {
  const path = writableStatePath(place, FILE)
  const draft = `${path}.${state.pid}`
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  try {
    if (runningLocalCluster(place) === undefined) rmSync(path, { force: true })
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw alreadyRunning(runningLocalCluster(place)?.pid)
  } finally {
    rmSync(draft, { force: true })
  }
}

export function alreadyRunning(pid: number | undefined): CommandError {
  const which = pid === undefined ? '' : ` (process ${pid})`
  return new CommandError(`a local cluster is already running${which}: \`e6data local down\` stops it`, 'local')
}

/** Removes the saved cluster of a process, and no other. */
export function forgetLocalCluster(place: Place, pid: number): void {
  const path = statePath(place, FILE)
  if (readState(path)?.pid === pid) rmSync(path, { force: true })
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function readState(path: string): LocalState | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LocalState
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
