import { carryOutPart } from './fleet.ts'
import { doJobs } from './workers.ts'

/** Runs the parts of a fleet sent by the parent process. */
doJobs(carryOutPart)
