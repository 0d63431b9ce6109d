/** The connector on the runtimes that its users have: Node 22, 24 and 26, Bun and Deno, and the Node that runs this. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { useOwnStateFolder } from '../test/state-folder.ts'
import { readOptions, UsageFault, wholeNumber } from './command-line.ts'
import { Consumer } from './matrix/consumer.ts'
import { type InstalledRuntime, install, RUNTIMES } from './matrix/runtimes.ts'
import { runProgram } from './run-program.ts'

const USAGE = `npm run matrix -- [options]

Installs Node 22, 24 and 26, Bun and Deno from npm into .build/runtimes and runs
under each: a program that uses the packed connector as its users do, the main
job, and, under Node, the tests.

  --only node26,bun   only these (node is the one that runs this, node22, node24,
                      node26, bun and deno)
  --tests all         under Node also all tests: a quarter of an hour each
  --tests PATH        under Node also the tests of this path
  --tests none        only the program and the main job (the default)
  --seconds N         length of the main job (10)
  --json              one JSON object as the last line of standard output
  --help              this text`

const config = {
  only: { type: 'string' },
  tests: { type: 'string', default: 'none' },
  seconds: { type: 'string', default: '10' },
  json: { type: 'boolean', default: false },
} as const
const { chosen, tests, seconds, json } = readOptions(USAGE, config, (values) => ({
  chosen: values.only === undefined ? RUNTIMES : values.only.split(',').map(named),
  tests: values.tests,
  seconds: wholeNumber('seconds', values.seconds, 1, 600),
  json: values.json,
}))

interface RuntimeReport {
  name: string
  version: string
  /** Checks and tests that ran, and those of them that failed. */
  tests: number
  failed: number
  /** Queries of the main job that failed or gave something wrong. */
  mainJobFailed: number
}

const RESULTS = fileURLToPath(new URL('../.build/matrix-results.json', import.meta.url))
const ALL_TESTS_MS = 3_600_000

process.on('exit', useOwnStateFolder())
const runtimes: RuntimeReport[] = []
{
  await using consumer = await Consumer.create()
  for (const runtime of chosen) {
    const installed = await install(runtime)
    const report = await tryOut(installed, consumer)
    runtimes.push(report)
    if (!json) console.log(lineOf(report))
  }
}
if (json) console.log(JSON.stringify({ runtimes }))
process.exitCode = runtimes.every(({ failed, mainJobFailed }) => failed === 0 && mainJobFailed === 0) ? 0 : 1

async function tryOut(runtime: InstalledRuntime, consumer: Consumer): Promise<RuntimeReport> {
  const checks = await consumer.check(runtime)
  for (const { name, error } of checks.failures) console.error(`${runtime.name}: ${name}\n${error}`)
  const suite = runtime.isNode && tests !== 'none' ? await runTests(runtime) : { tests: 0, failed: 0 }
  return {
    name: runtime.name,
    version: runtime.version,
    tests: checks.tests + suite.tests,
    failed: checks.failed + suite.failed,
    mainJobFailed: runtime.isNode ? await runMainJob(runtime) : await consumer.load(runtime, seconds),
  }
}

async function runTests({ name, path }: InstalledRuntime): Promise<{ tests: number; failed: number }> {
  const chosenTests = tests === 'all' ? [] : [tests]
  const reporters = ['--reporter=json', `--outputFile.json=${RESULTS}`]
  const vitest = [path, 'node_modules/vitest/vitest.mjs', 'run', ...chosenTests, ...reporters]
  const { output } = await runProgram(vitest, { timeoutMs: ALL_TESTS_MS })
  const result = JSON.parse(readFileSync(RESULTS, 'utf8')) as VitestReport
  if (!result.success) console.error(`${name}: tests failed\n${failedTests(result)}\n${output.slice(-2000)}`)
  return { tests: result.numTotalTests, failed: result.success ? 0 : Math.max(1, result.numFailedTests) }
}

interface VitestReport {
  success: boolean
  numTotalTests: number
  numFailedTests: number
  testResults: { assertionResults: { status: string; fullName: string; failureMessages: string[] }[] }[]
}

function failedTests({ testResults }: VitestReport): string {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => `${fullName}\n  ${failureMessages[0]?.split('\n')[0]}`)
    .join('\n')
}

/** `npm start`, in the runtime itself: cluster and clients. */
async function runMainJob({ name, path }: InstalledRuntime): Promise<number> {
  const start = ['--import', './scripts/prepare.mjs', '--import', 'tsx', 'scripts/start.ts']
  const { output } = await runProgram([path, ...start, '--seconds', String(seconds), '--json'])
  const line = output.trim().split('\n').at(-1)!
  try {
    const { queries, failed, mismatchedResults } = JSON.parse(line) as Record<string, number>
    if (!queries) throw new Error('no query ran')
    return failed! + mismatchedResults!
  } catch {
    console.error(`${name}: the main job gave no report\n${output.slice(-2000)}`)
    return 1
  }
}

function lineOf({ name, version, tests: ran, failed, mainJobFailed }: RuntimeReport): string {
  const sound = failed === 0 && mainJobFailed === 0
  const facts = `${ran - failed} of ${ran} tests passed, ${mainJobFailed} queries of the main job failed`
  return `${sound ? '✓' : '✗'} ${name.padEnd(7)} ${version.padEnd(9)} ${facts}`
}

function named(name: string) {
  const runtime = RUNTIMES.find((it) => it.name === name)
  if (runtime === undefined)
    throw new UsageFault(`--only takes ${RUNTIMES.map((it) => it.name).join(', ')}, not ${name}`)
  return runtime
}
