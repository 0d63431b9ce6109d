import { carryOutRun } from './campaign.ts'
import { doJobs } from './workers.ts'

/** Runs the runs sent by the parent process. */
doJobs(carryOutRun)
