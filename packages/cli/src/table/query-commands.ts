import type { ArgumentSpec, CommandSection, CommandSpec, OptionSpec } from './command-spec.ts'
import { FORMAT_ABOUT, FORMAT_NAMES } from './format-names.ts'
import { META_COMMANDS, metaCommandUsage } from './meta-command-table.ts'
import { JSON_OPTION, TIMEOUT_OPTION } from './shared-options.ts'
import { anyText, oneOf, plainText } from './value-kinds.ts'

const FORMAT_OPTION: OptionSpec = {
  flag: 'format',
  short: 'F',
  value: 'FORMAT',
  kind: oneOf(...FORMAT_NAMES),
  choices: FORMAT_NAMES,
  about: 'How the result is written; see Formats below.',
  default: 'what the name of --output says, else table',
}

const FORMATS_SECTION = {
  title: 'Formats',
  rows: FORMAT_NAMES.map((name) => [name, FORMAT_ABOUT[name]] as const),
}

const QUERY: CommandSpec = {
  name: 'query',
  about: 'Run a statement and write its result',
  description: [
    'Runs one SQL statement: from the argument, from a file, or from standard input. Rows are written as they come, so a ' +
      'result of any size takes the same memory.',
    'On a terminal a line on standard error shows the progress: rows, bytes, rate, time, and the deployment that runs the ' +
      'query. Ctrl-C cancels the query on the server, not only here. A file given with --output appears when it is whole, ' +
      'and never in halves.',
  ],
  arguments: [{ value: 'SQL', required: false, kind: plainText, about: 'The statement; `-` reads standard input.' }],
  options: [
    {
      flag: 'file',
      short: 'f',
      value: 'FILE',
      kind: anyText,
      completes: 'file',
      about: 'Read the statement from a file.',
    },
    FORMAT_OPTION,
    {
      flag: 'output',
      short: 'o',
      value: 'FILE',
      kind: anyText,
      completes: 'file',
      about: 'Write the result to a file.',
    },
    {
      flag: 'params',
      value: 'JSON',
      kind: anyText,
      completes: 'file',
      about: 'Values for placeholders: an array for ?, an object for :name. @FILE reads them from a file.',
    },
    TIMEOUT_OPTION,
    { flag: 'explain', about: 'Show the plan, and run nothing.' },
    { flag: 'explain-analyze', about: 'Run the statement and show what was measured instead of its rows.' },
    { flag: 'no-header', about: 'Leave the names of the columns out of csv and tsv.' },
    {
      flag: 'json-numbers',
      about: 'Write 64-bit integers and decimals of json and ndjson as numbers, all digits of them.',
    },
    { flag: 'quiet', short: 'q', about: 'No progress and no summary on standard error.' },
  ],
  connects: true,
  examples: [
    { does: 'See some rows', command: 'e6data query "SELECT * FROM orders LIMIT 5"' },
    { does: 'A report for a spreadsheet', command: 'e6data query -f report.sql -o report.csv' },
    { does: 'Values that come from elsewhere', command: `e6data query "SELECT * FROM t WHERE id = ?" --params '[42]'` },
    {
      does: 'Into another program',
      command: 'e6data query "SELECT region, amount FROM orders" -F ndjson | jq .region',
    },
    { does: 'A whole table as Parquet', command: 'e6data query "SELECT * FROM orders" -o orders.parquet' },
    { does: 'Give up after a minute', command: 'e6data query -t 60 -f slow.sql; echo $?' },
  ],
  extra: FORMATS_SECTION,
}

const SHELL: CommandSpec = {
  name: 'shell',
  about: 'Work with a cluster interactively',
  description: [
    'A prompt for SQL. A statement ends with a semicolon and may take many lines; Tab completes keywords, catalogs, schemas, ' +
      'tables and columns; the arrow keys bring back what was typed before, also in earlier sessions.',
    'The prompt shows the deployment that serves you, and a line marks the moment it changes. Ctrl-C cancels the running ' +
      'query on the server, or drops what is typed; Ctrl-D leaves.',
    'When standard input is not a terminal, or with --file, the statements are run one after the other and the first failure ends it.',
  ],
  options: [
    {
      flag: 'file',
      short: 'f',
      value: 'FILE',
      kind: anyText,
      completes: 'file',
      about: 'Run the statements of a file instead of asking for some.',
    },
    {
      ...FORMAT_OPTION,
      kind: oneOf('table', 'vertical', 'csv', 'tsv', 'json', 'ndjson', 'markdown'),
      choices: FORMAT_NAMES.slice(0, 7),
      default: 'table',
    },
    TIMEOUT_OPTION,
    { flag: 'no-pager', about: 'Never page long results.' },
    { flag: 'no-history', about: 'Neither read nor write the history file.' },
  ],
  connects: true,
  examples: [
    { does: 'Begin', command: 'e6data shell --profile prod' },
    { does: 'Run a script', command: 'e6data shell -f migration.sql' },
  ],
  extra: {
    title: 'Commands of the shell',
    rows: META_COMMANDS.map((command) => [metaCommandUsage(command), command.about]),
  },
}

const SCHEMA_ARGUMENT: ArgumentSpec = {
  value: 'SCHEMA',
  required: false,
  kind: anyText,
  about: 'SCHEMA or CATALOG.SCHEMA, if it is not the one of the connection.',
}

function listing(
  spec: Pick<CommandSpec, 'name' | 'about' | 'description' | 'examples'>,
  argument?: ArgumentSpec,
): CommandSpec {
  return { ...spec, arguments: argument ? [argument] : [], options: [JSON_OPTION], connects: true }
}

export const QUERY_COMMANDS: CommandSection = {
  title: 'Work with data',
  commands: [
    QUERY,
    SHELL,
    listing(
      {
        name: 'tables',
        about: 'List the tables of a schema',
        description: ['The names alone, one a line, when standard output is not a terminal.'],
        examples: [
          { does: 'Of the connection', command: 'e6data tables' },
          { does: 'Of another schema', command: 'e6data tables hive.sales' },
        ],
      },
      SCHEMA_ARGUMENT,
    ),
    listing(
      {
        name: 'columns',
        about: 'List the columns of a table and their types',
        description: ['When standard output is not a terminal, name and type are separated by a tab.'],
        examples: [{ does: 'What orders looks like', command: 'e6data columns orders' }],
      },
      {
        value: 'TABLE',
        required: true,
        kind: anyText,
        about: 'TABLE, SCHEMA.TABLE or CATALOG.SCHEMA.TABLE.',
      },
    ),
    listing(
      {
        name: 'schemas',
        about: 'List the schemas of a catalog',
        description: ['The names alone, one a line, when standard output is not a terminal.'],
        examples: [{ does: 'Of another catalog', command: 'e6data schemas hive' }],
      },
      {
        value: 'CATALOG',
        required: false,
        kind: anyText,
        about: 'The catalog, if it is not the one of the connection.',
      },
    ),
    listing({
      name: 'catalogs',
      about: 'List the catalogs',
      description: ['The one that is used by default is marked.'],
      examples: [{ does: 'All of them', command: 'e6data catalogs' }],
    }),
  ],
}
