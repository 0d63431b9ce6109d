import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Calls make much short-lived garbage; with more room for it, less is looked at twice. */
const WORKER_ARGUMENTS = ['--max-semi-space-size=64', '--import', 'tsx']

/** A piece of work that any process may do, with the same outcome. */
export interface Job {
  readonly number: number
  readonly seed: number
}

type WorkerMessage<Report> = { readonly report: Report } | { readonly error: string }

export interface WorkersOptions<Report> {
  readonly workers: number
  readonly onReport: (report: Report) => void
}

/**
 * Carries jobs out in several processes at once, each by the module of `program`. Returns the reports in the jobs'
 * order.
 */
export async function carryOutJobs<Item extends Job, Report>(
  program: URL,
  jobs: readonly Item[],
  { workers, onReport }: WorkersOptions<Report>,
): Promise<Report[]> {
  const waiting = [...jobs.entries()]
  const reports: Report[] = []
  const workOff = async () => {
    const worker = fork(fileURLToPath(program), { execArgv: WORKER_ARGUMENTS })
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [place, job] = next
        const report = await ask<Report>(worker, job)
        reports[place] = report
        onReport(report)
      }
    } finally {
      worker.kill()
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, workOff))
  return reports
}

/** Does the jobs that the parent process of this one sends. */
export function doJobs<Item extends Job, Report>(work: (job: Item) => Promise<Report>): void {
  // Thousands of errors are made here whose stacks are not read. A single run shows them.
  Error.stackTraceLimit = 0
  process.on('message', async (job: Item) => {
    const tell = (message: WorkerMessage<Report>) => process.send?.(message)
    try {
      tell({ report: await work(job) })
    } catch (error) {
      tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
}

function ask<Report>(worker: ChildProcess, job: Job): Promise<Report> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onMessage)
      worker.off('exit', onExit)
      act()
    }
    const onMessage = (message: WorkerMessage<Report>) =>
      settle(() => ('report' in message ? resolve(message.report) : reject(failureOf(job, message.error))))
    const onExit = (code: number | null) => settle(() => reject(failureOf(job, `it ended with ${code}`)))
    worker.on('message', onMessage)
    worker.on('exit', onExit)
    worker.send(job)
  })
}

const failureOf = ({ seed, number }: Job, reason: string) =>
  new Error(`the simulation itself failed in run ${number}, seed ${seed}: ${reason}`)
