/** Every link of the documentation leads somewhere: to a file of the repository, and to a heading in it. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')

const CODE = /```[\s\S]*?```|`[^`\n]*`/g
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')

function anchorsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8').replaceAll(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, heading]) => anchorOf(heading!))
}

const faults = pages.filter((page) => existsSync(join(root, page))).flatMap(faultsOf)
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1

function faultsOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(CODE, '')
  const isPublished = /^packages\/[\w-]+\/(README|CHANGELOG)\.md$/.test(page)
  return [...text.matchAll(LINK)].flatMap(([, target]) => {
    const fault = faultIn(page, target!, isPublished)
    return fault === undefined ? [] : [`${page}: ${target} ${fault}`]
  })
}

function faultIn(page: string, target: string, isPublished: boolean): string | undefined {
  if (/^(https?|mailto):/.test(target)) return undefined
  const [file, anchor] = target.split('#') as [string, string?]
  const path = file === '' ? page : relative(root, join(root, dirname(page), file))
  if (!existsSync(join(root, path))) return 'does not exist'
  // On npm's page of a package, a path leads out of the package.
  if (isPublished && file !== '' && !path.startsWith(dirname(page))) return 'leads nowhere on npm: write the address'
  if (anchor && path.endsWith('.md') && !anchorsOf(path).includes(anchor)) return `has no heading for #${anchor}`
  return undefined
}
