import { parseArgs } from 'node:util'
import { measureDecode } from './decode.ts'
import { measureEndToEnd } from './end-to-end.ts'
import { measureHostConvergence } from './host-convergence.ts'
import { measurePython } from './python-peer.ts'
import { measureStrategy } from './strategy.ts'
import { measureSwitching } from './switching.ts'
import { type BenchResults, compareWithTargets } from './targets.ts'

const USAGE = `npm run bench -- [options]

Measures the connector with its peers beside it in the same run, and compares the
ratios with their targets. Takes a few minutes on two quiet cores.

  --only a,b      decode, endToEnd, strategy, switching: only these
  --with-python   also the Python connector, installed from PyPI into an environment of its own
  --json          one JSON object as the last line of standard output
  --help          this text`

const PARTS = {
  decode: measureDecode,
  endToEnd: measureEndToEnd,
  strategy: async () => ({ ...(await measureStrategy()), host: await measureHostConvergence() }),
  switching: measureSwitching,
} as const

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    'with-python': { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})
const wanted = values.only?.split(',') ?? Object.keys(PARTS)
const unknown = wanted.filter((name) => !(name in PARTS))
if (values.help || unknown.length > 0) {
  console.log(unknown.length > 0 ? `there is no part ${unknown.join(', ')}\n\n${USAGE}` : USAGE)
  process.exit(values.help ? 0 : 2)
}

const results: BenchResults = {}
for (const [name, measure] of Object.entries(PARTS)) {
  if (!wanted.includes(name)) continue
  if (!values.json) console.error(`measuring ${name} …`)
  Object.assign(results, { [name]: await measure() })
}
if (values['with-python']) results.python = await measurePython()

if (values.json) console.log(JSON.stringify(results, rounded))
else console.log(compareWithTargets(results))

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}
