import type { NameScope } from 'e6data-connector'
import { quotedName } from '../connection/qualified-name.ts'
import type { KnownNames } from './known-names.ts'
import { findMetaCommand, META_COMMANDS, type MetaCommand } from './meta-command-table.ts'
import { type NamedTable, type SqlContext, sqlContext } from './sql-context.ts'
import { FUNCTIONS, KEYWORDS } from './sql-words.ts'

/** What can be put in the place of what is typed: the candidates, and what is typed of them. */
export type Completions = readonly [candidates: string[], typed: string]

export interface CompletionRequest {
  /** What was typed of the statement before this line. */
  readonly before: string
  /** The line up to the cursor. */
  readonly line: string
  readonly scope: NameScope
  readonly names: KnownNames
}

/** Completes SQL, or a command of the shell. */
export async function complete(request: CompletionRequest): Promise<Completions> {
  const meta = /^\s*\\(\S*)(?:\s+(\S*))?$/.exec(request.line)
  if (meta) return completeMeta(meta[1]!, meta[2], request)
  const context = sqlContext(request.before + request.line)
  if (context.expects === 'nothing') return [[], '']
  return [matching(await candidatesFor(context, request), context.prefix), context.prefix]
}

async function completeMeta(
  name: string,
  argument: string | undefined,
  request: CompletionRequest,
): Promise<Completions> {
  if (argument === undefined) {
    const all = META_COMMANDS.flatMap(({ names }) => names.map((it) => `\\${it}`))
    return [all.filter((it) => it.startsWith(`\\${name}`)), `\\${name}`]
  }
  const command: MetaCommand | undefined = findMetaCommand(name)
  if (command?.argument.kind !== 'one') return [[], argument]
  const choices = command.argument.choices ?? (await namesFor(command.argument.name, request))
  return [matching(choices, argument), argument]
}

async function namesFor(what: string, { names, scope }: CompletionRequest): Promise<readonly string[]> {
  if (what === 'TABLE') return (await names.tables(scope)).map(quotedName)
  if (what === 'SCHEMA' || what === 'CATALOG.SCHEMA') return (await names.schemas(scope)).map(quotedName)
  return what === 'CATALOG' ? (await names.catalogs()).map(quotedName) : []
}

async function candidatesFor(context: SqlContext, request: CompletionRequest): Promise<string[]> {
  const { path, prefix, expects, tables } = context
  const { names, scope } = request
  if (path.length > 0) return (await namesBelow(path, tables, request)).map(quotedName)
  if (expects === 'table') {
    const [inScope, schemas, catalogs] = await Promise.all([
      names.tables(scope),
      names.schemas(scope),
      names.catalogs(),
    ])
    return [...inScope, ...schemas, ...catalogs].map(quotedName)
  }
  const columns = await Promise.all(tables.map((table) => names.columns(scopeOf(table.path, scope))))
  const aliases = tables.map(({ alias, path: of }) => alias ?? of.at(-1)!)
  return [...[...columns.flat(), ...aliases].map(quotedName), ...cased(KEYWORDS, prefix), ...FUNCTIONS]
}

/** What may follow a dot: columns of a table or of its alias, tables of a schema, schemas of a catalog. */
async function namesBelow(
  path: readonly string[],
  tables: readonly NamedTable[],
  { names, scope }: CompletionRequest,
): Promise<string[]> {
  const [first, second] = path as [string, string?]
  const table = path.length === 1 ? tables.find(({ alias, path: of }) => isSame(alias ?? of.at(-1)!, first)) : undefined
  if (table) return [...(await names.columns(scopeOf(table.path, scope)))]
  if (second === undefined) {
    const [inSchema, inCatalog] = await Promise.all([
      names.tables({ ...scope, database: first }),
      names.schemas({ catalog: first }),
    ])
    return [...inSchema, ...inCatalog]
  }
  if (path.length > 2) return [...(await names.columns(scopeOf(path, scope)))]
  const [inSchema, columns] = await Promise.all([
    names.tables({ catalog: first, database: second }),
    names.columns(scopeOf(path, scope)),
  ])
  return [...inSchema, ...columns]
}

function scopeOf(path: readonly string[], scope: NameScope): NameScope & { table: string } {
  const [table, database = scope.database, catalog = scope.catalog] = path.toReversed()
  return {
    table: table!,
    ...(database === undefined ? {} : { database }),
    ...(catalog === undefined ? {} : { catalog }),
  }
}

function matching(candidates: readonly string[], prefix: string): string[] {
  const wanted = prefix.toLowerCase()
  return [...new Set(candidates)].filter((candidate) => candidate.toLowerCase().startsWith(wanted)).sort()
}

/** Keywords in the case in which they are being typed. */
function cased(keywords: readonly string[], prefix: string): string[] {
  const isLower = prefix !== '' && prefix === prefix.toLowerCase()
  return keywords.map((keyword) => (isLower ? keyword.toLowerCase() : keyword))
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
