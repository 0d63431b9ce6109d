import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../environment.ts'

/** The path of a state file, such as the shell's history or the local cluster's address. */
export function statePath({ env, home }: Pick<Environment, 'env' | 'home'>, file: string): string {
  return join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'e6data', file)
}

/** Like `statePath`, but creates the folder, which only its owner can enter. */
export function writableStatePath(environment: Pick<Environment, 'env' | 'home'>, file: string): string {
  mkdirSync(statePath(environment, ''), { recursive: true, mode: 0o700 })
  return statePath(environment, file)
}
