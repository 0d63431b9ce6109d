import { parseArgs } from 'node:util'
import { fuzz } from '../packages/connector/test/fuzz.ts'

const DEFAULT_RUNS = 1_000_000
const PROGRESS_MS = 2000

const { values } = parseArgs({
  options: { seed: { type: 'string' }, runs: { type: 'string' }, json: { type: 'boolean', default: false } },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(values.runs ?? DEFAULT_RUNS)
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(runs) || runs < 1) {
  console.error('usage: npm run fuzz -- [--seed N] [--runs N] [--json]')
  process.exit(2)
}

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
if (values.json) {
  console.log(JSON.stringify({ ...report, failures: failures.length }))
} else {
  console.log(
    `seed ${seed}: ${report.runs} inputs, ${decoded} decoded, ${refused} refused, ${failures.length} failed; ` +
      `slowest ${slowestMs.toFixed(1)} ms, at most ${mostBytesPerByte.toFixed(2)} bytes a byte, peak ${peakRssMB} MB`,
  )
}
process.exitCode = failures.length === 0 ? 0 : 1
