import { writeFileSync } from 'node:fs'
import { readOptions, UsageFault } from '../scripts/command-line.ts'
import { measureDecode } from './decode.ts'
import { drawDecodeChart } from './decode-chart.ts'
import { measureEndToEnd } from './end-to-end.ts'
import { measureHostConvergence } from './host-convergence.ts'
import { measureLatency } from './latency.ts'
import { measurePython } from './python-peer.ts'
import { measureStrategy } from './strategy.ts'
import { measureSwitching } from './switching.ts'
import { type BenchResults, compareWithTargets } from './targets.ts'
import { measureTransport } from './transport.ts'

const USAGE = `npm run bench -- [options]

Measures the connector and its peers in the same run, and compares the
ratios with their targets. Takes a few minutes on two quiet cores.

  --only a,b      decode, endToEnd, strategy, switching, transport, latency: only these
  --with-python   also the Python connector, installed from PyPI into an environment of its own
  --chart FILE    also draw the rates of decoding, as SVG
  --json          one JSON object as the last line of standard output
  --help          this text`

const PARTS = {
  decode: measureDecode,
  endToEnd: measureEndToEnd,
  strategy: async () => ({ ...(await measureStrategy()), host: await measureHostConvergence() }),
  switching: measureSwitching,
  transport: measureTransport,
  latency: () => measureLatency({ withPython }),
} as const

const config = {
  only: { type: 'string', default: Object.keys(PARTS).join(',') },
  'with-python': { type: 'boolean', default: false },
  chart: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const
const { wanted, withPython, chart, json } = readOptions(USAGE, config, (values) => {
  const wanted = values.only.split(',')
  const unknown = wanted.filter((name) => !(name in PARTS))
  if (unknown.length > 0) throw new UsageFault(`there is no part ${unknown.join(', ')}`)
  if (values.chart !== undefined && !wanted.includes('decode')) throw new UsageFault('the chart is of the part decode')
  return { wanted, withPython: values['with-python'], chart: values.chart, json: values.json }
})

const results: BenchResults = {}
for (const [name, measure] of Object.entries(PARTS)) {
  if (!wanted.includes(name)) continue
  if (!json) console.error(`measuring ${name} …`)
  Object.assign(results, { [name]: await measure() })
}
if (chart !== undefined && results.decode) writeFileSync(chart, drawDecodeChart(results.decode))
if (withPython && (results.decode || results.endToEnd)) results.python = await measurePython()

if (json) console.log(JSON.stringify(results, rounded))
else console.log(compareWithTargets(results))

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}
