/**
 * Plain English in documentation, comments and messages: looks for the words of `prose/words.ts` and prints what to write
 * instead. `npx tsx scripts/check-prose.ts --pending` counts what is left in the folders where a rule does not hold yet.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findingsIn, pendingFolder } from './prose/findings.ts'

/** Generated, other people's, and the two files that quote the words. */
const NOT_READ = /\/gen\/|\/vendor\/|^scripts\/prose\/words\.ts$|^test\/prose\.test\.ts$/

const root = fileURLToPath(new URL('..', import.meta.url))
const isCounting = process.argv.includes('--pending')

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((path) => !NOT_READ.test(path) && existsSync(root + path))

const findings = files.flatMap((path) =>
  findingsIn(
    path,
    readFileSync(root + path, 'utf8'),
    (rule) => (pendingFolder(rule, path) !== undefined) === isCounting,
  ),
)

if (isCounting) {
  const places = findings.map(({ rule, path }) => `${pendingFolder(rule, path)}: ${rule.found}`)
  for (const place of [...new Set(places)].sort())
    console.log(`${String(places.filter((other) => other === place).length).padStart(5)}  ${place}`)
} else {
  for (const { path, line, words, rule } of findings)
    console.error(`${path}:${line}: "${words}": write ${rule.write} (${rule.why})`)
  if (findings.length > 0) process.exitCode = 1
}
