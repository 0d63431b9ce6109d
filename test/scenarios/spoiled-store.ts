import fs, { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { systemClock } from '../../packages/connector/src/time/clock.ts'
import type { HostFolder } from '../../packages/connector/test/shared-host/host-folder.ts'

/** Makes a shared store unusable in one way. Returns a function that repairs it. */
type Spoil = (host: HostFolder) => () => void

export const SPOILED_STORES: Readonly<Record<string, Spoil>> = {
  torn: (host) => replaceNewestVersion(host, '{"format":2,"publishedAt":1,"sta'),
  full: () => refuseWrites('ENOSPC'),
  'read-only': () => refuseWrites('EROFS'),
  'of an unknown version': (host) => replaceNewestVersion(host, JSON.stringify({ format: 2, state: 'other' })),
}

function replaceNewestVersion(host: HostFolder, text: string): () => void {
  const { store } = host.open({ clock: systemClock })
  store.update((state) => ({ ...state, epoch: 1, active: 'blue', lastKnown: 'blue' }))
  store.close()
  const states = join(host.clusterFolder, 'states')
  const newest = Math.max(...readdirSync(states).map(Number))
  writeFileSync(join(states, String(newest)), text)
  return () => undefined
}

/** The disk as it is when it is full, or mounted read-only. */
function refuseWrites(code: string): () => void {
  const real = { writeFileSync: fs.writeFileSync, linkSync: fs.linkSync, renameSync: fs.renameSync }
  const refuse = () => {
    throw Object.assign(new Error(`${code}: the disk refuses`), { code })
  }
  Object.assign(fs, { writeFileSync: refuse, linkSync: refuse, renameSync: refuse })
  syncBuiltinESMExports()
  return () => {
    Object.assign(fs, real)
    syncBuiltinESMExports()
  }
}

/** Leaves the lease of a process as it stands when its pid has come to belong to another one: this. */
export function giveLeaseToAnotherProcess(directory: string, pid: number): void {
  const leases = only(only(directory))
  const folder = join(leases, 'leases')
  const name = readdirSync(folder).find((it) => it.startsWith(`${pid}-`))
  if (name === undefined) throw new Error('the process has no lease')
  const [, startedAt, ...rest] = name.split('-')
  renameSync(join(folder, name), join(folder, [process.pid, `${startedAt}0`, ...rest].join('-')))
}

function only(folder: string): string {
  const [name, ...more] = readdirSync(folder)
  if (name === undefined || more.length > 0) throw new Error(`${folder} should hold one folder`)
  return join(folder, name)
}
