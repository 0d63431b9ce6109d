import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The state of a listening socket in `/proc/net/tcp`. */
const LISTENING = '0A'

/**
 * Returns the process of this user that listens on a port of this machine. Linux only, by way of `/proc`.
 */
export function listeningProcess(port: number): number | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => inodesIn(linesOf(table), port)))
  if (inodes.size === 0) return undefined
  return entriesOf('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => entriesOf(`/proc/${pid}/fd`).some((handle) => holds(`/proc/${pid}/fd/${handle}`, inodes)))
}

function inodesIn(lines: readonly string[], port: number): string[] {
  return lines.flatMap((line) => {
    const [, address = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return state === LISTENING && Number.parseInt(address.split(':')[1] ?? '', 16) === port ? [inode] : []
  })
}

function holds(path: string, inodes: ReadonlySet<string>): boolean {
  const target = ifThere(() => readlinkSync(path)) ?? ''
  return inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')
}

const linesOf = (path: string): string[] => ifThere(() => readFileSync(path, 'utf8'))?.split('\n') ?? []

const entriesOf = (folder: string): string[] => ifThere(() => readdirSync(folder)) ?? []

/**
 * Empty when the folder cannot be read: the process has ended, belongs to another user, or the system has no `/proc`.
 */
function ifThere<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
