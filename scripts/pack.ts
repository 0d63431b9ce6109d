/** Packs the workspaces as `npm publish` would. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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
  const chosen = names.length === 0 ? ['--workspaces'] : names.flatMap((name) => ['--workspace', name])
  const report = execFileSync('npm', ['pack', '--json', '--pack-destination', destination, ...chosen], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return (JSON.parse(report) as (Omit<Packed, 'tarball'> & { filename: string })[]).map(({ filename, ...facts }) => ({
    ...facts,
    tarball: join(destination, filename),
  }))
}
