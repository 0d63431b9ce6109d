import { type Contender, prepare } from './decode-contenders.ts'

/**
 * A process that runs one contender when it is told how often, and answers with the seconds each run took. Its arguments
 * are the contender's name and the folder of the batch.
 */
const [contender, vectors = ''] = process.argv.slice(2)
const run = await prepare(contender as Contender, vectors)

process.on('message', (runs: number) => {
  const started = performance.now()
  for (let count = 0; count < runs; count++) run()
  process.send?.((performance.now() - started) / 1000 / runs)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
