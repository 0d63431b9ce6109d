import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { PlannedRun, RunReport } from './campaign.ts'

/** Calls make much short-lived garbage; with more room for it, less is looked at twice. */
const WORKER_ARGUMENTS = ['--max-semi-space-size=64', '--import', 'tsx']

type WorkerMessage = { readonly report: RunReport } | { readonly run: PlannedRun; readonly error: string }

/** Carries runs out in several processes at once. Which process takes which run makes no difference to any of them. */
export async function carryOutRuns(
  runs: readonly PlannedRun[],
  { workers, onReport }: { workers: number; onReport: (report: RunReport) => void },
): Promise<RunReport[]> {
  const waiting = [...runs]
  const reports: RunReport[] = []
  const workOff = async () => {
    const worker = fork(fileURLToPath(new URL('./run-worker.ts', import.meta.url)), { execArgv: WORKER_ARGUMENTS })
    try {
      for (let run = waiting.shift(); run; run = waiting.shift()) {
        const report = await ask(worker, run)
        reports.push(report)
        onReport(report)
      }
    } finally {
      worker.kill()
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, runs.length) }, workOff))
  return reports.sort((a, b) => a.run.number - b.run.number)
}

function ask(worker: ChildProcess, run: PlannedRun): Promise<RunReport> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onMessage)
      worker.off('exit', onExit)
      act()
    }
    const onMessage = (message: WorkerMessage) =>
      settle(() => ('report' in message ? resolve(message.report) : reject(new Error(failureText(run, message.error)))))
    const onExit = (code: number | null) => settle(() => reject(new Error(failureText(run, `it ended with ${code}`))))
    worker.on('message', onMessage)
    worker.on('exit', onExit)
    worker.send(run)
  })
}

const failureText = ({ seed, number }: PlannedRun, reason: string) =>
  `the simulation itself failed in run ${number}, seed ${seed}: ${reason}`
