#!/usr/bin/env node
import { systemEnvironment } from './environment.ts'
import { guardedRun } from './guarded-run.ts'
import { Interruption } from './interruption.ts'
import { VERSION } from './version.ts'

const words = process.argv.slice(2)
const environment = systemEnvironment()

// Exits explicitly: an abandoned connection attempt would keep the process alive for seconds.
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  const showVersion = () => {
    environment.stdout.write(`${VERSION}\n`)
    return 'ok' as const
  }
  process.exit(await guardedRun(environment, new Interruption(), 'e6data', showVersion))
} else {
  const { runProgram } = await import('./program.ts')
  process.exit(await runProgram(environment, words))
}
