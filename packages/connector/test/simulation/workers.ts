import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Calls create much short-lived garbage; with more room for it, fewer objects are copied. */
const WORKER_ARGUMENTS = ['--max-semi-space-size=64', '--import', 'tsx']

/** A piece of work with the same outcome in any process. */
export interface Job {
  readonly number: number
  readonly seed: number
}

type WorkerMessage<Report> = { readonly report: Report } | { readonly error: string }

export interface WorkersOptions<Report> {
  readonly workers: number
  readonly onReport: (report: Report) => void
}

/** Runs jobs in several processes, each with the module `program`. Returns the reports in the order of the jobs. */
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

/** Runs the jobs sent by the parent process. */
export function doJobs<Item extends Job, Report>(work: (job: Item) => Promise<Report>): void {
  // Thousands of errors are created here, and their stacks are not read. Inspecting a single run shows the stacks.
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
