import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MUTATION_VARIABLE, type Mutation } from '../test/mutations/mutation.ts'
import { MUTATIONS } from '../test/mutations/mutation-table.ts'
import { readOptions, UsageFault } from './command-line.ts'

const USAGE = `npm run mutations -- [options]

Shows that the tests notice deliberate defects: runs them once for each entry of
test/mutations/, built with that defect, and expects a failing test.

  --only TEXT   those whose name contains the text; or those of a rule, by its number
  --json        one JSON object as the last line of standard output
  --help        this text`

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A defect that makes the tests hang is noticed as well, but not for ever. */
const LONGEST_RUN_MS = 180_000

interface Trial {
  readonly mutation: Mutation
  /** The test that failed, or what else happened; `undefined` when nothing noticed. */
  readonly caughtBy: string | undefined
  readonly fault?: string
}

/** The part of Vitest's report that is read. */
interface Report {
  testResults: { message?: string; assertionResults: { status: string; fullName: string }[] }[]
}

const config = { only: { type: 'string' }, json: { type: 'boolean', default: false } } as const
const { chosen, json } = readOptions(USAGE, config, ({ only, json }) => {
  const isChosen = ({ name, rule }: Mutation) => only === undefined || name.includes(only) || only === String(rule)
  const chosen = MUTATIONS.filter(isChosen)
  if (chosen.length === 0) throw new UsageFault(`there is no mutation ${JSON.stringify(only)}`)
  return { chosen, json }
})
const trials = await runAll(chosen)
const survivors = trials.filter(({ caughtBy }) => caughtBy === undefined)

if (!json) {
  const caught = trials.length - survivors.length
  console.log(`\n${caught} of ${trials.length} deliberate defects are caught`)
  for (const { mutation, fault } of survivors) console.log(`  survived: ${mutation.name}${fault ? ` (${fault})` : ''}`)
} else {
  const rows = trials.map(({ mutation: { name, rule }, caughtBy }) => ({ name, rule, caughtBy: caughtBy ?? null }))
  console.log(JSON.stringify({ caught: trials.length - survivors.length, survived: survivors.length, mutations: rows }))
}
process.exitCode = survivors.length === 0 ? 0 : 1

/** Tries as many at once as there are cores, and reports each when it is done. */
async function runAll(mutations: readonly Mutation[]): Promise<Trial[]> {
  const trials: Trial[] = []
  const waiting = [...mutations]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const trial = await run(next)
      trials.push(trial)
      if (!json) console.log(line(trial))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return mutations.flatMap((mutation) => trials.filter((trial) => trial.mutation === mutation))
}

function line({ mutation: { name, rule }, caughtBy }: Trial): string {
  const verdict = caughtBy === undefined ? 'SURVIVED' : 'caught  '
  return `${verdict}  ${String(rule).padStart(5)}  ${name.padEnd(66)}  ${caughtBy ?? ''}`.trimEnd()
}

async function run(mutation: Mutation): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), 'e6data-mutation-'))
  const report = join(folder, 'report.json')
  try {
    const output = ['--reporter=json', `--outputFile=${report}`, '--bail=1']
    if (mutation.named !== undefined) output.push('--testNamePattern', mutation.named)
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.mutations.config.ts', ...output]
    const child = spawn(process.execPath, [...vitest, ...mutation.tests], {
      cwd: ROOT,
      env: { ...process.env, [MUTATION_VARIABLE]: mutation.name },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: LONGEST_RUN_MS,
    })
    let said = ''
    child.stderr.on('data', (bytes: Buffer) => {
      said += bytes
    })
    const [, signal] = await once(child, 'close')
    if (signal) return { mutation, caughtBy: `the tests did not end within ${LONGEST_RUN_MS / 1000} s` }
    return { mutation, ...verdictOf(report, said) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Only a test that ran and failed has noticed the defect; tests that could not be built have noticed nothing. */
function verdictOf(path: string, said: string): Pick<Trial, 'caughtBy' | 'fault'> {
  let report: Report
  try {
    report = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return { caughtBy: undefined, fault: `the tests did not run: ${said.trim().slice(0, 500)}` }
  }
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  const failed = results.find(({ status }) => status === 'failed')
  if (failed) return { caughtBy: failed.fullName }
  const fault = report.testResults.find(({ message }) => message)?.message
  return { caughtBy: undefined, ...(fault ? { fault: fault.slice(0, 500) } : {}) }
}
