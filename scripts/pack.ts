/** Packs the workspaces as `npm publish` would. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { npmSync } from './npm.ts'
import { billOfMaterials } from './sbom.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

export interface Packed {
  name: string
  /** Path of the tarball. */
  tarball: string
  /** Bytes of the tarball, and of what it holds. */
  size: number
  unpackedSize: number
  files: readonly { path: string }[]
}

/** @param names of packages; all of the repository when left out. */
export function pack(destination: string, names: readonly string[] = []): Packed[] {
  mkdirSync(destination, { recursive: true })
  for (const folder of readdirSync(join(root, 'packages'))) addPapers(`packages/${folder}`)
  const chosen = names.length === 0 ? ['--workspaces'] : names.flatMap((name) => ['--workspace', name])
  const report = npmSync(['pack', '--json', '--pack-destination', destination, ...chosen], root)
  return readReport(report).map(({ filename, ...facts }) => ({ ...facts, tarball: join(destination, filename) }))
}

type Reported = Omit<Packed, 'tarball'> & { filename: string }

/** What `npm pack --json` prints: a list, and from npm 12 on an object by the packages' names. */
export function readReport(report: string): Reported[] {
  const read = JSON.parse(report) as Reported[] | Record<string, Reported>
  return Array.isArray(read) ? read : Object.values(read)
}

/**
 * What each tarball holds in addition to its own files, outside version control: the changelog of the repository, and its
 * bill of materials.
 */
function addPapers(folder: string): void {
  copyFileSync(join(root, 'CHANGELOG.md'), join(root, folder, 'CHANGELOG.md'))
  const bill = JSON.stringify(billOfMaterials(folder), undefined, 2)
  writeFileSync(join(root, folder, 'sbom.cdx.json'), `${bill}\n`)
  const { files } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { files: string[] }
  for (const paper of ['CHANGELOG.md', 'sbom.cdx.json']) {
    if (!files.includes(paper)) throw new Error(`${folder}/package.json does not name ${paper} among its files`)
  }
}
