import { carryOutRun } from './campaign.ts'
import { doJobs } from './workers.ts'

/** Carries out the runs that the process which started this one sends. */
doJobs(carryOutRun)
