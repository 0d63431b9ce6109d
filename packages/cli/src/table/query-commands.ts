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
  about: 'The format of the result; see Formats below.',
  default: 'the extension of --output, else table',
}

const FORMATS_SECTION = {
  title: 'Formats',
  rows: FORMAT_NAMES.map((name) => [name, FORMAT_ABOUT[name]] as const),
}

const QUERY: CommandSpec = {
  name: 'query',
  about: 'Run a statement and write its result',
  description: [
    'Runs one SQL statement from the argument, a file, or standard input. Rows are written as they arrive, so a ' +
      'result of any size takes the same memory.',
    'On a terminal, a line on standard error shows the progress: rows, bytes, rate, time, and the strategy of the query. ' +
      'Ctrl-C also cancels the query on the server. A file given with --output gets its name once it is complete.',
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
    { flag: 'explain', about: 'Show the plan without running the statement.' },
    { flag: 'explain-analyze', about: 'Run the statement and show its measured plan instead of its rows.' },
    { flag: 'no-header', about: 'Omit the column names in csv and tsv.' },
    {
      flag: 'json-numbers',
      about: 'Write 64-bit integers and decimals of json and ndjson as numbers with all digits.',
    },
    { flag: 'quiet', short: 'q', about: 'Write no progress and no summary to standard error.' },
  ],
  connects: true,
  examples: [
    { does: 'Show some rows', command: 'e6data query "SELECT * FROM orders LIMIT 5"' },
    { does: 'Write a report for a spreadsheet', command: 'e6data query -f report.sql -o report.csv' },
    { does: 'Pass values as parameters', command: `e6data query "SELECT * FROM t WHERE id = ?" --params '[42]'` },
    {
      does: 'Pipe rows into another program',
      command: 'e6data query "SELECT region, amount FROM orders" -F ndjson | jq .region',
    },
    { does: 'Write a table as Parquet', command: 'e6data query "SELECT * FROM orders" -o orders.parquet' },
    { does: 'Set a time limit of a minute', command: 'e6data query -t 60 -f slow.sql; echo $?' },
  ],
  extra: FORMATS_SECTION,
}

const SHELL: CommandSpec = {
  name: 'shell',
  about: 'Work with a cluster interactively',
  description: [
    'A prompt for SQL. A statement ends with a semicolon and may have several lines. Tab completes keywords, catalogs, ' +
      'schemas, tables and columns. The arrow keys recall earlier statements, also of earlier sessions.',
    'The prompt shows the active strategy, and a line reports a switch. Ctrl-C cancels the running query on the server, ' +
      'or drops the typed input; Ctrl-D leaves.',
    'When standard input is not a terminal, or with --file, the statements run one after the other up to the first failure.',
  ],
  options: [
    {
      flag: 'file',
      short: 'f',
      value: 'FILE',
      kind: anyText,
      completes: 'file',
      about: 'Run the statements of a file instead of a prompt.',
    },
    {
      ...FORMAT_OPTION,
      kind: oneOf('table', 'vertical', 'csv', 'tsv', 'json', 'ndjson', 'markdown'),
      choices: FORMAT_NAMES.slice(0, 7),
      default: 'table',
    },
    TIMEOUT_OPTION,
    { flag: 'no-pager', about: 'Never use a pager.' },
    { flag: 'no-history', about: 'Do not read or write the history file.' },
  ],
  connects: true,
  examples: [
    { does: 'Open a shell', command: 'e6data shell --profile prod' },
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
  about: 'SCHEMA or CATALOG.SCHEMA. Default: that of the connection.',
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
        description: ['Writes one name per line when standard output is not a terminal.'],
        examples: [
          { does: 'List tables of the default schema', command: 'e6data tables' },
          { does: 'List tables of another schema', command: 'e6data tables hive.sales' },
        ],
      },
      SCHEMA_ARGUMENT,
    ),
    listing(
      {
        name: 'columns',
        about: 'List the columns of a table and their types',
        description: ['When standard output is not a terminal, name and type are separated by a tab.'],
        examples: [{ does: 'List the columns of orders', command: 'e6data columns orders' }],
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
        description: ['Writes one name per line when standard output is not a terminal.'],
        examples: [{ does: 'List schemas of another catalog', command: 'e6data schemas hive' }],
      },
      {
        value: 'CATALOG',
        required: false,
        kind: anyText,
        about: 'The catalog. Default: that of the connection.',
      },
    ),
    listing({
      name: 'catalogs',
      about: 'List the catalogs',
      description: ['The default catalog is marked.'],
      examples: [{ does: 'List all catalogs', command: 'e6data catalogs' }],
    }),
  ],
}
