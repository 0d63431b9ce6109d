/** The argument of a shell command. */
export type MetaArgument =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly name: string; readonly required: boolean; readonly choices?: readonly string[] }

export interface MetaCommand {
  /** The names without the backslash; help shows the first one first. */
  readonly names: readonly [string, ...string[]]
  readonly argument: MetaArgument
  readonly about: string
}

const NONE: MetaArgument = { kind: 'none' }

const SWITCH: MetaArgument = { kind: 'one', name: 'on|off', required: false, choices: ['on', 'off'] }

function optional(name: string, choices?: readonly string[]): MetaArgument {
  return { kind: 'one', name, required: false, ...(choices ? { choices } : {}) }
}

/** The commands of the shell. Dispatch, help and completion are generated from this table. */
export const META_COMMANDS = [
  { names: ['?', 'help'], argument: NONE, about: 'Show these commands.' },
  { names: ['q', 'quit', 'exit'], argument: NONE, about: 'Leave the shell, as Ctrl-D does.' },
  { names: ['d', 'describe'], argument: optional('TABLE'), about: 'List the columns of a table, or all tables.' },
  { names: ['dt', 'tables'], argument: optional('SCHEMA'), about: 'List tables.' },
  { names: ['dn', 'schemas'], argument: optional('CATALOG'), about: 'List schemas.' },
  { names: ['l', 'catalogs'], argument: NONE, about: 'List catalogs.' },
  {
    names: ['c', 'use'],
    argument: optional('CATALOG.SCHEMA'),
    about: 'Set the schema of unqualified names, or show it.',
  },
  {
    names: ['connect'],
    argument: optional('PROFILE'),
    about: 'Reconnect, or connect to the cluster of a profile.',
  },
  {
    names: ['watch'],
    argument: optional('SECONDS'),
    about: 'Repeat the typed or the last statement until Ctrl-C, every 2 s by default.',
  },
  {
    names: ['copy'],
    argument: { kind: 'one', name: '(STATEMENT) TO FILE', required: true },
    about: 'Write a result to a file, in the format of its extension, such as .parquet or .csv.',
  },
  {
    names: ['x', 'expanded'],
    argument: optional('on|off|auto', ['on', 'off', 'auto']),
    about: 'Show records: always, never, or when columns do not fit.',
  },
  {
    names: ['format'],
    argument: optional('FORMAT', ['table', 'vertical', 'csv', 'tsv', 'json', 'ndjson', 'markdown']),
    about: 'Set the format of results.',
  },
  { names: ['timing'], argument: SWITCH, about: 'Show the time of each statement.' },
  { names: ['pager'], argument: SWITCH, about: 'Page results that are longer than the screen.' },
  {
    names: ['o', 'output'],
    argument: optional('FILE'),
    about: 'Write results to a file, or to the screen again.',
  },
  {
    names: ['i', 'include'],
    argument: { kind: 'one', name: 'FILE', required: true },
    about: 'Run the statements of a file.',
  },
  { names: ['e', 'edit'], argument: NONE, about: 'Edit the typed or the last statement in $EDITOR.' },
  { names: ['g', 'go'], argument: NONE, about: 'Run the typed or the last statement.' },
  { names: ['p', 'print'], argument: NONE, about: 'Show the typed statement.' },
  { names: ['r', 'reset'], argument: NONE, about: 'Drop the typed statement.' },
  {
    names: ['explain'],
    argument: optional('plan|analyze', ['plan', 'analyze']),
    about: 'Explain the typed or the last statement.',
  },
  { names: ['strategy'], argument: NONE, about: 'Show the strategy state of this host.' },
  { names: ['status'], argument: NONE, about: 'Show whether the cluster is active.' },
  { names: ['history', 's'], argument: optional('N'), about: 'Show the last statements.' },
  { names: ['refresh'], argument: NONE, about: 'Refresh the names for completion.' },
] as const satisfies readonly MetaCommand[]

export type MetaCommandName = (typeof META_COMMANDS)[number]['names'][0]

/** The usage of a command: `\d [TABLE]`. */
export function metaCommandUsage({ names, argument }: MetaCommand): string {
  const all = names.map((name) => `\\${name}`).join(', ')
  if (argument.kind === 'none') return all
  return `${all} ${argument.required ? argument.name : `[${argument.name}]`}`
}

export function findMetaCommand(name: string): (typeof META_COMMANDS)[number] | undefined {
  return META_COMMANDS.find(({ names }) => (names as readonly string[]).includes(name))
}
