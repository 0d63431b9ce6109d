/**
 * Says what a test run came to in one plain line, `N passed, N failed`, and ends with status 0 only if all is well:
 * `node scripts/tally.mjs results.json STATUS`, given the results that vitest wrote and the exit status it ended with.
 * A file that could not even be loaded counts as a failure, and so does a run that failed outside of any test.
 */
import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'

const [path, status] = process.argv.slice(2)
const files = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : []

const tests = files.flatMap((file) => file.assertionResults)
const count = (...states) => tests.filter((test) => states.includes(test.status)).length
const unloaded = files.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
)

const passed = count('passed')
const failedTests = count('failed') + unloaded.length
const failed = failedTests === 0 && (status !== '0' || passed === 0) ? 1 : failedTests
const skipped = count('skipped', 'pending', 'todo', 'disabled')

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed === 0 ? 0 : 1
