import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from '../surroundings.ts'

/** Where the command keeps what it remembers: the shell's history, and where the local cluster is. */
export function statePath({ env, home }: Pick<Surroundings, 'env' | 'home'>, file: string): string {
  return join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'e6data', file)
}

/** As `statePath`, with the folder made, which only its owner may enter. */
export function writableStatePath(surroundings: Pick<Surroundings, 'env' | 'home'>, file: string): string {
  mkdirSync(statePath(surroundings, ''), { recursive: true, mode: 0o700 })
  return statePath(surroundings, file)
}
