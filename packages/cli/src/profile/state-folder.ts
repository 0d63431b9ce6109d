import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from '../surroundings.ts'

/** The path of a state file, such as the shell's history or the local cluster's address. */
export function statePath({ env, home }: Pick<Surroundings, 'env' | 'home'>, file: string): string {
  return join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'e6data', file)
}

/** Like `statePath`, but creates the folder, which only its owner can enter. */
export function writableStatePath(surroundings: Pick<Surroundings, 'env' | 'home'>, file: string): string {
  mkdirSync(statePath(surroundings, ''), { recursive: true, mode: 0o700 })
  return statePath(surroundings, file)
}
