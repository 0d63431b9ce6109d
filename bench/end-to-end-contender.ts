import { serveTurns } from './contender-process.ts'
import { type EndToEndContender, prepare } from './end-to-end-contenders.ts'

/** The process of one contender. Its arguments are the contender's name, the folder of the batch and the server's port. */
const [contender, vectors = '', port] = process.argv.slice(2)
serveTurns(await prepare(contender as EndToEndContender, vectors, Number(port)))
