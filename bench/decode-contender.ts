import { serveTurns } from './contender-process.ts'
import { type Contender, prepare } from './decode-contenders.ts'

/** The process of one contender. Its arguments are the contender's name and the folder of the batch. */
const [contender, vectors = ''] = process.argv.slice(2)
serveTurns(await prepare(contender as Contender, vectors))
