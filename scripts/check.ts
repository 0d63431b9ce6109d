/**
 * Everything that can be said about the code without running it: `npm run check`, or `npm run check -- types knip` for
 * some of it. Prints a line for each step, and the whole output of one that fails.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const program = (path: string) => ['node', '--import', 'tsx', path]

/** The longest come first, so that the last to end is a short one. */
const STEPS: Record<string, readonly string[]> = {
  types: ['tsc', '--project', '.', '--incremental', '--tsBuildInfoFile', '.build/check.tsbuildinfo'],
  packages: program('scripts/check-packages.ts'),
  architecture: ['vitest', 'run', '--reporter=dot', 'test/architecture.test.ts'],
  api: program('scripts/api-report.ts'),
  knip: ['knip', '--no-progress'],
  messages: program('scripts/check-messages.ts'),
  style: ['biome', 'ci', '--error-on-warnings', '--colors=off'],
}

interface Outcome {
  passed: boolean
  output: string
  seconds: number
}

function run([command, ...args]: readonly string[]): Promise<Outcome> {
  const begun = performance.now()
  const child = spawn(command!, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', PATH: `${root}node_modules/.bin${delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  return new Promise((resolve) => {
    const end = (passed: boolean) => resolve({ passed, output, seconds: (performance.now() - begun) / 1000 })
    child.on('error', (error) => {
      output += error.message
      end(false)
    })
    child.on('close', (code) => end(code === 0))
  })
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in STEPS))
if (unknown.length > 0) {
  console.error(`no step named ${unknown.join(', ')}; there are ${Object.keys(STEPS).join(', ')}`)
  process.exit(2)
}

const waiting = Object.entries(STEPS).filter(([name]) => chosen.length === 0 || chosen.includes(name))
const failures: string[] = []

async function work() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, command] = next
    const { passed, output, seconds } = await run(command)
    console.log(`${passed ? '✓' : '✗'} ${name.padEnd(14)}${seconds.toFixed(1).padStart(5)} s`)
    if (passed) continue
    failures.push(name)
    console.log(output.trimEnd())
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work))
if (failures.length > 0) {
  console.error(`\nfailed: ${failures.join(', ')}`)
  process.exitCode = 1
}
