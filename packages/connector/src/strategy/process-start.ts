import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** `undefined` when the process is gone or is a zombie; `unknown` where the system doesn't say. */
type StartReader = (pid: number) => string | undefined

const PS_MS = 2000

/** Systems that have no `/proc`. On Windows nothing that is quick says it: there a process is known by its number alone. */
const READERS: Partial<Record<NodeJS.Platform, StartReader>> = {
  darwin: startByPs,
  freebsd: startByPs,
  openbsd: startByPs,
  win32: () => 'unknown',
}

/**
 * When a process was started, as digits: with the number, what makes a process unique. In the system's own ticks since boot
 * where there is `/proc`, in seconds since 1970 from `ps`.
 * @returns `undefined` when it is gone or is a zombie; `unknown` where the system doesn't say
 */
export function processStart(pid: number, platform = process.platform): string | undefined {
  const read = READERS[platform] ?? startByProc
  return read(pid)
}

function startByProc(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    const isMissing = ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')
    return isMissing && existsSync('/proc/self/stat') ? undefined : 'unknown'
  }
  // The name comes in parentheses and may hold anything; the state is field 3, the start time field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

function startByPs(pid: number): string | undefined {
  const env = { LC_ALL: 'C', TZ: 'UTC' }
  const options = { env, encoding: 'utf8', timeout: PS_MS } as const
  const { error, stdout } = spawnSync('/bin/ps', ['-o', 'state=,lstart=', '-p', String(pid)], options)
  return error === undefined ? startFromPs(stdout) : 'unknown'
}

/** @param output of `ps -o state=,lstart=` for one process, in the C locale and UTC: `S    Mon Feb  2 03:04:05 2026` */
export function startFromPs(output: string): string | undefined {
  const [state = '', ...date] = output.trim().split(/\s+/)
  if (state === '' || state.startsWith('Z')) return undefined
  const at = Date.parse(`${date.join(' ')} UTC`)
  return Number.isNaN(at) ? 'unknown' : String(at / 1000)
}
