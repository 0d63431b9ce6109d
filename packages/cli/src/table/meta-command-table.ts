/** What a command of the shell takes after its name. */
export type MetaArgument =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly name: string; readonly required: boolean; readonly choices?: readonly string[] }

export interface MetaCommand {
  /** Without the backslash; the first is the one that help shows first. */
  readonly names: readonly [string, ...string[]]
  readonly argument: MetaArgument
  readonly about: string
}

const NONE: MetaArgument = { kind: 'none' }

const SWITCH: MetaArgument = { kind: 'one', name: 'on|off', required: false, choices: ['on', 'off'] }

function optional(name: string, choices?: readonly string[]): MetaArgument {
  return { kind: 'one', name, required: false, ...(choices ? { choices } : {}) }
}

/** The commands of the shell: dispatch, help and completion are made from this. */
export const META_COMMANDS = [
  { names: ['?', 'help'], argument: NONE, about: 'Show these commands.' },
  { names: ['q', 'quit', 'exit'], argument: NONE, about: 'Leave; so does Ctrl-D.' },
  { names: ['d', 'describe'], argument: optional('TABLE'), about: 'Columns of a table; without one, the tables.' },
  { names: ['dt', 'tables'], argument: optional('SCHEMA'), about: 'Tables.' },
  { names: ['dn', 'schemas'], argument: optional('CATALOG'), about: 'Schemas.' },
  { names: ['l', 'catalogs'], argument: NONE, about: 'Catalogs.' },
  {
    names: ['c', 'use'],
    argument: optional('CATALOG.SCHEMA'),
    about: 'Look names up there from now on; alone, say where.',
  },
  {
    names: ['connect'],
    argument: optional('PROFILE'),
    about: 'Connect again, or to the cluster of another profile.',
  },
  {
    names: ['watch'],
    argument: optional('SECONDS'),
    about: 'Run what is typed, or the last statement, again and again until Ctrl-C; every 2 s.',
  },
  {
    names: ['copy'],
    argument: { kind: 'one', name: '(STATEMENT) TO FILE', required: true },
    about: 'Write a result to a file, in the format that its name ends with, such as .parquet or .csv.',
  },
  {
    names: ['x', 'expanded'],
    argument: optional('on|off|auto', ['on', 'off', 'auto']),
    about: 'Records below each other: always, never, or when they do not fit.',
  },
  {
    names: ['format'],
    argument: optional('FORMAT', ['table', 'vertical', 'csv', 'tsv', 'json', 'ndjson', 'markdown']),
    about: 'How results are written.',
  },
  { names: ['timing'], argument: SWITCH, about: 'Say how long each statement took.' },
  { names: ['pager'], argument: SWITCH, about: 'Page results that are longer than the screen.' },
  {
    names: ['o', 'output'],
    argument: optional('FILE'),
    about: 'Write results to a file from now on; alone, to the screen again.',
  },
  {
    names: ['i', 'include'],
    argument: { kind: 'one', name: 'FILE', required: true },
    about: 'Run the statements of a file.',
  },
  { names: ['e', 'edit'], argument: NONE, about: 'Edit what is typed, or the last statement, in $EDITOR.' },
  { names: ['g', 'go'], argument: NONE, about: 'Run what is typed, or the last statement again.' },
  { names: ['p', 'print'], argument: NONE, about: 'Show what is typed so far.' },
  { names: ['r', 'reset'], argument: NONE, about: 'Drop what is typed so far.' },
  {
    names: ['explain'],
    argument: optional('plan|analyze', ['plan', 'analyze']),
    about: 'Explain what is typed, or the last statement.',
  },
  { names: ['strategy'], argument: NONE, about: 'What this host knows of the deployments.' },
  { names: ['status'], argument: NONE, about: 'Whether the cluster is active.' },
  { names: ['history', 's'], argument: optional('N'), about: 'The last statements.' },
  { names: ['refresh'], argument: NONE, about: 'Forget names that completion has read.' },
] as const satisfies readonly MetaCommand[]

export type MetaCommandName = (typeof META_COMMANDS)[number]['names'][0]

/** How a command is typed: `\d [TABLE]`. */
export function metaCommandUsage({ names, argument }: MetaCommand): string {
  const all = names.map((name) => `\\${name}`).join(', ')
  if (argument.kind === 'none') return all
  return `${all} ${argument.required ? argument.name : `[${argument.name}]`}`
}

export function findMetaCommand(name: string): (typeof META_COMMANDS)[number] | undefined {
  return META_COMMANDS.find(({ names }) => (names as readonly string[]).includes(name))
}
