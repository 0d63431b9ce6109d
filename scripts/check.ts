/**
 * Everything that can be said about the code without running it: `npm run check`, or `npm run check -- types knip` for
 * some of it. Prints a line for each step, and the whole output of one that fails.
 */
import { availableParallelism } from 'node:os'
import { installedCommand } from './commands.ts'
import { program, runProgram, tell } from './run-program.ts'

const INCREMENTAL = ['--incremental', '--tsBuildInfoFile', '.build/check.tsbuildinfo']

/** The longest come first, so that the last to end is a short one. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  types: [...installedCommand('tsc'), ...INCREMENTAL, '--project', '.'],
  page: [...installedCommand('tsc'), '--project', 'packages/local-cluster/tsconfig.page.json'],
  packages: program('scripts/check-packages.ts'),
  architecture: [...installedCommand('vitest'), 'run', '--reporter=dot', 'test/architecture.test.ts'],
  api: program('scripts/api-report.ts'),
  blocks: program('scripts/check-blocks.ts'),
  knip: [...installedCommand('knip'), '--no-progress', '--no-config-hints'],
  messages: program('scripts/check-messages.ts'),
  links: program('scripts/check-links.ts'),
  prose: program('scripts/check-prose.ts'),
  style: [...installedCommand('biome'), 'ci', '--error-on-warnings', '--colors=off'],
}

const names = Object.keys(STEPS)
const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`no step named ${unknown.join(', ')}; there are ${names.join(', ')}`)
  process.exit(2)
}

const waiting = names.filter((name) => chosen.length === 0 || chosen.includes(name))
const failed: string[] = []

async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const outcome = await runProgram(STEPS[name]!)
    tell(name, 12, outcome)
    if (!outcome.passed) failed.push(name)
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work))
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`)
  process.exitCode = 1
}
