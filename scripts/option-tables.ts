import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { OptionSpec } from '../packages/connector/src/options/option-spec.ts'
import { OPTION_NAMES, OPTION_TABLE } from '../packages/connector/src/options/option-table.ts'
import { POOL_OPTION_NAMES, POOL_OPTION_TABLE } from '../packages/connector/src/options/pool-option-table.ts'

/** The pages that hold tables of options, by their address. */
export const PAGES_WITH_OPTIONS = ['docs/configuration.md', 'README.md']
  .map((page) => new URL(`../${page}`, import.meta.url))
  .filter((page) => existsSync(page))

const TABLES: Readonly<Record<string, () => string>> = {
  connection: connectionTable,
  pool: poolTable,
}

/** The page with its tables as the code has them, between `<!-- options:NAME -->` and `<!-- /options -->`. */
export function withOptionTables(page: string): string {
  return page.replaceAll(/(<!-- options:(\w+) -->\n)[\s\S]*?(<!-- \/options -->)/g, (block, begin, name, end) => {
    const table = TABLES[name]
    return table ? `${begin}\n${table()}\n\n${end}` : block
  })
}

function connectionTable(): string {
  const rows = OPTION_NAMES.map((name) => {
    const spec = OPTION_TABLE[name]
    return [nameOf(name, spec), spec.about, defaultOf(spec), urlOf(spec), envOf(spec)]
  })
  return markdownTable(['Option', 'What it is', 'Default', 'In a URL', 'Environment'], rows)
}

function poolTable(): string {
  const rows = POOL_OPTION_NAMES.map((name) => {
    const spec = POOL_OPTION_TABLE[name]
    return [nameOf(name, spec), spec.about, defaultOf(spec), envOf(spec)]
  })
  return markdownTable(['Option', 'What it is', 'Default', 'Environment'], rows)
}

function nameOf(name: string, { isAdvanced }: Pick<OptionSpec, 'isAdvanced'>): string {
  return `\`${isAdvanced ? 'advanced.' : ''}${name}\``
}

function defaultOf({ default: value, defaultNote }: OptionSpec): string {
  if (defaultNote !== undefined) return defaultNote
  return value === undefined ? '' : `\`${typeof value === 'string' ? `'${value}'` : String(value)}\``
}

function urlOf({ url }: OptionSpec): string {
  if (url === undefined) return ''
  return url === 'address' ? 'in the address' : `\`${url.parameter}\``
}

function envOf({ env }: OptionSpec): string {
  if (env === undefined) return ''
  return env.unit === undefined ? `\`${env.name}\`` : `\`${env.name}\` (${env.unit})`
}

/** Padded, as the formatter leaves it. */
function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return [line(cells[0] ?? []), rule, ...cells.slice(1).map(line)].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of PAGES_WITH_OPTIONS) writeFileSync(page, withOptionTables(readFileSync(page, 'utf8')))
}
