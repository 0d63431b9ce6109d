import { carryOutPart } from './fleet.ts'
import { doJobs } from './workers.ts'

/** Carries out the parts of a fleet that the process which started this one sends. */
doJobs(carryOutPart)
