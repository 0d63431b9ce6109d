import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from './median.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ROUNDS = 15

/** What is imported, each time by a fresh process. */
const IMPORTS = {
  connector: "await import('e6data-connector')",
  connectorCjs: "(await import('node:module')).createRequire(process.cwd() + '/')('e6data-connector')",
  clickhouse: "await import('@clickhouse/client')",
  pg: "await import('pg')",
  http2: "await import('node:http2')",
} as const

export type ImportCosts = Readonly<Record<keyof typeof IMPORTS, number>>

/** Processor time of importing each package, in milliseconds: medians of rounds in which all take turns. */
export async function measureImports(): Promise<ImportCosts> {
  const names = Object.keys(IMPORTS) as (keyof typeof IMPORTS)[]
  const found = new Map(names.map((name) => [name, [] as number[]]))
  // The first round fills the system's cache of files.
  for (let round = 0; round <= ROUNDS; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length]!
      const ms = await importOnce(IMPORTS[name])
      if (round > 0) found.get(name)!.push(ms)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(found.get(name)!)])) as unknown as ImportCosts
}

async function importOnce(statement: string): Promise<number> {
  const program = `const before = process.cpuUsage(); ${statement}; const { user, system } = process.cpuUsage(before)
    console.log((user + system) / 1000); process.exit()`
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  return Number(stdout)
}
