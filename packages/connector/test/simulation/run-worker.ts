import { carryOutRun, type PlannedRun } from './campaign.ts'

/** A process that carries out one run after the other, as it is told, and says what became of each. */
process.on('message', (run: PlannedRun) => {
  carryOutRun(run).then(
    (report) => process.send!({ report }),
    (error: unknown) =>
      process.send!({ run, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})

// Errors are made by the thousand here, and nobody looks at where. Who looks at one run has the stacks.
Error.stackTraceLimit = 0
