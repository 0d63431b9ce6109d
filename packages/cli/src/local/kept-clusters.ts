import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Environment } from '../environment.ts'
import { statePath, writableStatePath } from '../profile/state-folder.ts'
import type { LocalState } from './local-state.ts'

/** The settings of the last local cluster on a port, so that programs and open shells survive its restart. */
export interface KeptCluster {
  readonly port?: number
  readonly adminPort?: number
  readonly token?: string
  readonly consoleToken?: string
}

type Place = Pick<Environment, 'env' | 'home'>

const FILE = 'local-kept.json'

/** Number of clusters that are kept; older ones are dropped. */
const MOST_KEPT = 20

/** The last cluster on a port, or on any port when none is given. */
export function keptCluster(place: Place, port: number | undefined): KeptCluster {
  const all = readKept(statePath(place, FILE))
  return (port === undefined ? all.at(-1) : all.find((kept) => kept.port === port)) ?? {}
}

/** Saves a cluster in a file that only its owner can read. */
export function keepCluster(place: Place, { url, adminUrl, consoleUrl }: LocalState): void {
  const kept: KeptCluster = {
    port: Number(new URL(url).port),
    adminPort: Number(new URL(adminUrl).port),
    token: decodeURIComponent(new URL(url).password),
    consoleToken: new URLSearchParams(new URL(consoleUrl).hash.slice(1)).get('token')!,
  }
  const path = writableStatePath(place, FILE)
  const others = readKept(path).filter(({ port }) => port !== kept.port)
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify([...others, kept].slice(-MOST_KEPT), null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}

function readKept(path: string): readonly KeptCluster[] {
  try {
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Array.isArray(kept) ? kept : []
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
