/**
 * The server as a process of its own, so that its CPU time is not the client's. Prints `{"port":…}`, then takes
 * commands of commands.ts on standard input, one JSON object a line, and answers each with one. Ends with standard
 * input.
 *
 *   node --import tsx test/independent-server/program.ts --proxies 5 --balance request --batch-rows 1000
 */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { ClusterProxy } from './cluster-proxy.ts'
import { type Command, Commands } from './commands.ts'
import { IndependentServer } from './independent-server.ts'

const { values } = parseArgs({
  options: {
    proxies: { type: 'string', default: '1' },
    balance: { type: 'string', default: 'request' },
    'batch-rows': { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
})
if (values.balance !== 'request' && values.balance !== 'connection')
  throw new Error(`--balance must be request or connection, not ${values.balance}`)

const proxies = Array.from({ length: Number(values.proxies) }, (_, n) => new ClusterProxy(`proxy-${n}`))
const options = { batchRows: Number(values['batch-rows']), seed: Number(values.seed), keepHistory: false }
await using server = new IndependentServer(options)
const { port } = await server.listen({ proxies, balance: values.balance })
const commands = new Commands(server, proxies)
say({ port })

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const command = JSON.parse(line) as Command
    say(commands.run(command))
    if (command.do === 'end') break
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) })
  }
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
