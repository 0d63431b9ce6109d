import { randomBytes } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import { processStart } from './process-start.ts'

/**
 * Who wrote a file: a thread of a process. A process number is used again after a while, so the time at which the
 * process was started is part of the name.
 */
export interface LeaseHolder {
  readonly pid: number
  /** As {@link processStart} gives it; `unknown` where the system doesn't say. */
  readonly startedAt: string
  readonly thread: number
}

export function thisHolder(): LeaseHolder {
  return { pid: process.pid, startedAt: processStart(process.pid) ?? 'unknown', thread: threadId }
}

/**
 * The name of a holder's next lease. Never the same twice, so that what was written for a lease that has been swept
 * can't land in the one that follows it.
 */
export function newLeaseName({ pid, startedAt, thread }: LeaseHolder): string {
  return [pid, startedAt, thread, randomBytes(6).toString('hex')].join('-')
}

const LEASE_NAME = /^(\d{1,10})-(\d{1,20}|unknown)-(\d{1,10})-[0-9a-f]{12}/

/** Whose a file or folder is by its name; `undefined` for names that no holder gives. */
export function holderOf(name: string): LeaseHolder | undefined {
  const [, pid, startedAt, thread] = LEASE_NAME.exec(name) ?? []
  return startedAt === undefined ? undefined : { pid: Number(pid), startedAt, thread: Number(thread) }
}

/** Whether the holder's process still runs. A thread that has ended in a running process shows by its lease's age alone. */
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
    return (error as NodeJS.ErrnoException).code === 'EPERM' // There, and another user's.
  }
}
