/** Makes a release, up to the push: versions, changelog, bills of materials, tarballs, commit and tag. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readOptions, UsageFault } from './command-line.ts'
import { npmSync } from './npm.ts'
import { pack } from './pack.ts'
import { versionedManifest, versionSection, withRelease } from './release/release-texts.ts'
import { billOfMaterials } from './sbom.ts'

const USAGE = `npm run release -- --version X.Y.Z [--dry-run]
npm run release -- --dry-run
npm run release -- --check vX.Y.Z

Sets the version of every package, dates the changelog's section, packs the
tarballs with their bills of materials into .build/release, commits and tags.
Nothing is pushed or published: pushing the tag publishes, by
.github/workflows/publish.yml.

  --version X.Y.Z   the version; the next patch when left out with --dry-run
  --dry-run         says what would be done, and writes only below .build/release
  --check vX.Y.Z    whether a tag names what is here: versions and changelog
  --help            this text`

const root = fileURLToPath(new URL('..', import.meta.url))
const RELEASE = join(root, '.build/release')
const VERSION = /^\d+\.\d+\.\d+$/

type Job = { kind: 'release'; version: string | undefined; isDry: boolean } | { kind: 'check'; tag: string }

const config = {
  version: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  check: { type: 'string' },
} as const
const job = readOptions(USAGE, config, ({ version, 'dry-run': isDry, check }): Job => {
  if (check !== undefined) return { kind: 'check', tag: check }
  if (version !== undefined && !VERSION.test(version))
    throw new UsageFault(`--version takes X.Y.Z, not ${JSON.stringify(version)}`)
  if (version === undefined && !isDry) throw new UsageFault('--version is missing')
  return { kind: 'release', version, isDry }
})

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
const manifests = ['package.json', ...folders.map((folder) => `${folder}/package.json`)]
const current = (JSON.parse(read('package.json')) as { version: string }).version

try {
  if (job.kind === 'check') check(job.tag)
  else release(job.version ?? nextPatch(current), job.isDry)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function release(version: string, isDry: boolean): void {
  const changelog = withRelease(read('CHANGELOG.md'), version, new Date().toISOString().slice(0, 10))
  const status = git('status', '--porcelain')
  if (!isDry && status !== '') throw new Error('there are changes that are not committed')
  if (!isDry && git('tag', '--list', `v${version}`) !== '') throw new Error(`the tag v${version} is there already`)

  step(`set version ${version} in ${manifests.length} manifests (now ${current})`, isDry, () => {
    for (const path of manifests) writeFileSync(join(root, path), versionedManifest(read(path), current, version))
    npmSync(['install', '--package-lock-only', '--ignore-scripts'], root)
  })
  step('date the changelog', isDry, () => writeFileSync(join(root, 'CHANGELOG.md'), changelog))
  prepare(versionSection(changelog, version))
  step(`commit and tag v${version}`, isDry, () => {
    git('add', 'package-lock.json', 'CHANGELOG.md', ...manifests)
    git('commit', '--message', `Release ${version}`)
    git('tag', '--annotate', `v${version}`, '--message', `Version ${version}`)
  })
  console.log(`\nthen: git push origin main v${version}`)
}

function check(tag: string): void {
  const version = tag.replace(/^v/, '')
  for (const path of manifests) {
    const { version: stated } = JSON.parse(read(path)) as { version: string }
    if (stated !== version) throw new Error(`${path} has version ${stated}, and the tag is ${tag}`)
  }
  prepare(versionSection(read('CHANGELOG.md'), version))
  console.log(`${tag} is what is here`)
}

/** What is published and shown with the release: tarballs, bills of materials and notes. */
function prepare(notes: string): void {
  rmSync(RELEASE, { recursive: true, force: true })
  mkdirSync(join(RELEASE, 'sbom'), { recursive: true })
  writeFileSync(join(RELEASE, 'notes.md'), notes)
  for (const folder of folders) {
    const { name } = JSON.parse(read(`${folder}/package.json`)) as { name: string }
    writeFileSync(join(RELEASE, 'sbom', `${name}.cdx.json`), JSON.stringify(billOfMaterials(folder), undefined, 2))
  }
  console.log('✓ notes and bills of materials in .build/release')
  for (const { name, size, files } of pack(RELEASE))
    console.log(`✓ packed ${name}: ${(size / 1e6).toFixed(2)} MB, ${files.length} files`)
}

function step(what: string, isDry: boolean, work: () => void): void {
  if (!isDry) work()
  console.log(`${isDry ? '· would' : '✓'} ${what}`)
}

function nextPatch(version: string): string {
  const [major, minor, patch] = version.split('.').map(Number)
  return `${major}.${minor}.${patch! + 1}`
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
}
