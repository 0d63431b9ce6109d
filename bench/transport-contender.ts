import { serveTurns } from './contender-process.ts'
import { prepare, type TransportContender, type WorkloadName } from './transport-contenders.ts'

/** The process of one contender. Its arguments are the contender's name, the workload's and the server's port. */
const [contender, workload, port] = process.argv.slice(2)
serveTurns(await prepare(contender as TransportContender, workload as WorkloadName, Number(port)))
