import { doJobs } from '../simulation/workers.ts'
import { carryOutSearch } from './campaign.ts'

doJobs(carryOutSearch)
