import { randomBytes } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import { processStart } from './process-start.ts'

/**
 * The thread and process that wrote a file. Process numbers are reused, so the start time of the process is part of the
 * name.
 */
export interface LeaseHolder {
  readonly pid: number
  /** The result of {@link processStart}; `unknown` if the system does not report it. */
  readonly startedAt: string
  readonly thread: number
}

export function thisHolder(): LeaseHolder {
  return { pid: process.pid, startedAt: processStart(process.pid) ?? 'unknown', thread: threadId }
}

/**
 * Returns the name of a holder's next lease. Names are never reused, so late writes for a swept lease cannot reach its
 * successor.
 */
export function newLeaseName({ pid, startedAt, thread }: LeaseHolder): string {
  return [pid, startedAt, thread, randomBytes(6).toString('hex')].join('-')
}

const LEASE_NAME = /^(\d{1,10})-(\d{1,20}|unknown)-(\d{1,10})-[0-9a-f]{12}/

/** Returns the holder in the name of a file or folder; `undefined` for other names. */
export function holderOf(name: string): LeaseHolder | undefined {
  const [, pid, startedAt, thread] = LEASE_NAME.exec(name) ?? []
  return startedAt === undefined ? undefined : { pid: Number(pid), startedAt, thread: Number(thread) }
}

/**
 * Returns whether the holder's process still runs. A thread that ended in a running process is detected only by its
 * lease's age.
 */
export function isAlive({ pid, startedAt }: LeaseHolder): boolean {
  const start = processStart(pid)
  if (start === 'unknown') return answersSignals(pid)
  return start !== undefined && (startedAt === 'unknown' || start === startedAt)
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // It exists but belongs to another user.
  }
}
