import type { NameScope } from 'e6data-connector'
import { quotedName } from '../connection/qualified-name.ts'
import { findMetaCommand, META_COMMANDS, type MetaCommand } from '../table/meta-command-table.ts'
import type { KnownNames } from './known-names.ts'
import { type NamedTable, type SqlContext, sqlContext } from './sql-context.ts'
import { FUNCTIONS, KEYWORDS } from './sql-words.ts'
import { type WithTable, withTables } from './with-tables.ts'

/** The candidates of a completion, and the typed part that they replace. */
export type Completions = readonly [candidates: string[], typed: string]

export interface CompletionRequest {
  /** The earlier lines of the statement. */
  readonly before: string
  /** The line up to the cursor. */
  readonly line: string
  /** The line after the cursor, which may name tables. @default '' */
  readonly rest?: string
  readonly scope: NameScope
  readonly names: KnownNames
}

/** Completes SQL, or a command of the shell. */
export async function complete(request: CompletionRequest): Promise<Completions> {
  const meta = /^\s*\\(\S*)(?:\s+(\S*))?$/.exec(request.line)
  if (meta) return completeMeta(meta[1]!, meta[2], request)
  const { before, line, rest = '' } = request
  const context = sqlContext(before + line, rest)
  if (context.expects === 'nothing') return [[], '']
  const known = new StatementNames(request, withTables(before + line + rest))
  return [matching(await candidatesFor(context, request, known), context.prefix), context.prefix]
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
  return [matching([choices], argument), argument]
}

async function namesFor(what: string, { names, scope }: CompletionRequest): Promise<readonly string[]> {
  if (what === 'TABLE') return (await names.tables(scope)).map(quotedName)
  if (what === 'SCHEMA' || what === 'CATALOG.SCHEMA') return (await names.schemas(scope)).map(quotedName)
  return what === 'CATALOG' ? (await names.catalogs()).map(quotedName) : []
}

/** The names in scope of a statement: its WITH tables hide those of the catalog. */
class StatementNames {
  constructor(
    private readonly request: CompletionRequest,
    private readonly common: readonly WithTable[],
  ) {}

  get ownTables(): string[] {
    return this.common.map(({ name }) => name)
  }

  async columns(path: readonly string[]): Promise<readonly string[]> {
    const own = path.length === 1 ? this.common.find(({ name }) => isSame(name, path[0]!)) : undefined
    return own?.columns ?? this.request.names.columns(scopeOf(path, this.request.scope))
  }
}

/** Candidates in groups, the likeliest first. */
async function candidatesFor(
  context: SqlContext,
  request: CompletionRequest,
  known: StatementNames,
): Promise<readonly (readonly string[])[]> {
  const { path, prefix, expects, tables } = context
  const { names, scope } = request
  if (path.length > 0) return [(await namesBelow(path, tables, request, known)).map(quotedName)]
  if (expects === 'table') {
    const [inScope, schemas, catalogs] = await Promise.all([
      names.tables(scope),
      names.schemas(scope),
      names.catalogs(),
    ])
    return [[...known.ownTables, ...inScope].map(quotedName), [...schemas, ...catalogs].map(quotedName)]
  }
  const columns = await Promise.all(tables.map((table) => known.columns(table.path)))
  const aliases = tables.map(({ alias, path: of }) => alias ?? of.at(-1)!)
  return [columns.flat().map(quotedName), aliases.map(quotedName), cased(KEYWORDS, prefix), FUNCTIONS]
}

/** Candidates after a dot: columns of a table or its alias, tables of a schema, schemas of a catalog. */
async function namesBelow(
  path: readonly string[],
  tables: readonly NamedTable[],
  { names, scope }: CompletionRequest,
  known: StatementNames,
): Promise<string[]> {
  const [first, second] = path as [string, string?]
  const table = path.length === 1 ? tables.find(({ alias, path: of }) => isSame(alias ?? of.at(-1)!, first)) : undefined
  if (table) return [...(await known.columns(table.path))]
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

/** The candidates that start with the typed part, in the order of the groups. */
function matching(groups: readonly (readonly string[])[], prefix: string): string[] {
  const wanted = prefix.toLowerCase()
  const fits = (candidate: string) => candidate.toLowerCase().startsWith(wanted)
  return [...new Set(groups.flatMap((group) => group.filter(fits).sort()))]
}

/** Keywords in the case of the typed part. */
function cased(keywords: readonly string[], prefix: string): string[] {
  const isLower = prefix !== '' && prefix === prefix.toLowerCase()
  return keywords.map((keyword) => (isLower ? keyword.toLowerCase() : keyword))
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
