import { fuzz } from '../packages/connector/test/fuzz.ts'
import { readOptions, seedOf, wholeNumber } from './command-line.ts'

const USAGE = `npm run fuzz -- [options]

Feeds mutated batches and metadata to the decoders. Nothing may come of them but a
decode error, soon, and within a few times their size of memory.

  --seed N   what the inputs are drawn from (default: a fresh one, printed)
  --runs N   how many inputs (1000000)
  --json     one JSON object as the last line of standard output
  --help     this text`

const PROGRESS_MS = 2000

const config = {
  seed: { type: 'string' },
  runs: { type: 'string', default: '1000000' },
  json: { type: 'boolean', default: false },
} as const
const { seed, runs, json } = readOptions(USAGE, config, (values) => ({
  seed: seedOf(values.seed),
  runs: wholeNumber('runs', values.runs),
  json: values.json,
}))

console.error(`seed ${seed}, ${runs} inputs`)
const started = performance.now()
let shown = started
const report = fuzz(seed, runs, (run) => {
  if (performance.now() - shown < PROGRESS_MS) return
  shown = performance.now()
  console.error(`  ${run} of ${runs}, ${Math.round((run / (shown - started)) * 1000)} a second`)
})
for (const { run, what, fields, hex } of report.failures) {
  console.error(`input ${run} (fields ${fields.map(({ type }) => type).join(', ')}): ${what}\n  ${hex}`)
}
const { decoded, refused, slowestMs, mostBytesPerByte, peakRssMB, failures } = report
if (json) {
  console.log(JSON.stringify({ ...report, failures: failures.length }))
} else {
  console.log(
    `seed ${seed}: ${report.runs} inputs, ${decoded} decoded, ${refused} refused, ${failures.length} failed; ` +
      `slowest ${slowestMs.toFixed(1)} ms, at most ${mostBytesPerByte.toFixed(2)} bytes a byte, peak ${peakRssMB} MB`,
  )
}
process.exitCode = failures.length === 0 ? 0 : 1
