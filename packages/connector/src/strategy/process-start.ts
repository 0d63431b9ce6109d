import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** `undefined` when the process is gone or is a zombie; `unknown` if the system does not report it. */
type StartReader = (pid: number) => string | undefined

const PS_MS = 2000

/**
 * Readers for systems without `/proc`. Windows has no fast way, so processes there are identified only by their number.
 */
const READERS: Partial<Record<NodeJS.Platform, StartReader>> = {
  darwin: startByPs,
  freebsd: startByPs,
  openbsd: startByPs,
  win32: () => 'unknown',
}

/**
 * Returns the start time of a process as digits, which together with the number identifies the process. Where `/proc`
 * exists it is in system ticks since boot, otherwise in seconds since 1970 from `ps`.
 * @returns `undefined` when it is gone or is a zombie; `unknown` if the system does not report it
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
  // The name is in parentheses and may contain any characters; the state is field 3, the start time field 22.
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
