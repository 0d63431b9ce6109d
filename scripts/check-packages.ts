/** What would be published is well made: publint and attw look at each tarball. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installedCommand } from './commands.ts'
import { pack } from './pack.ts'

/** How each package may be imported; the command has nothing to import. `strict` includes `moduleResolution: node10`, which knows no `exports`. */
const TYPE_PROFILES: Record<string, 'strict' | 'esm-only' | 'none'> = {
  'e6data-connector': 'strict',
  'e6data-kysely': 'strict',
  'e6data-redis-store': 'strict',
  'e6data-local-cluster': 'strict',
  'e6data-cli': 'none',
  'e6data-mcp': 'esm-only',
}

/** The program of an engine's process is started, not imported, and has no types. */
const WITHOUT_PROGRAMS = ['--exclude-entrypoints', 'engine-process', '--format', 'ascii']

const folder = mkdtempSync(join(tmpdir(), 'e6data-packages-'))
try {
  for (const { name, tarball } of pack(folder)) {
    const profile = TYPE_PROFILES[name]
    if (profile === undefined) throw new Error(`${name} has no entry in TYPE_PROFILES`)
    demand(['publint', 'run', tarball, '--strict'])
    if (profile !== 'none') demand(['attw', tarball, '--profile', profile, ...WITHOUT_PROGRAMS, '--no-emoji'])
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function demand([name, ...args]: readonly string[]) {
  const [node, ...program] = installedCommand(name!)
  const { status, stdout, stderr } = spawnSync(node!, [...program, ...args], { encoding: 'utf8' })
  if (status === 0) return
  console.error(`${name} ${args.join(' ')}\n${stdout}${stderr}`)
  process.exitCode = 1
}
