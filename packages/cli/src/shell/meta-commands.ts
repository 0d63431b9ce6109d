import type { TextRow } from 'e6data-connector/wire'
import { CommandError } from '../command-error.ts'
import { nameParts, quotedName, schemaScope, tableScope } from '../connection/qualified-name.ts'
import { widthOf } from '../environment.ts'
import { explainStatement } from '../output/explanation.ts'
import { isTextFormat } from '../output/formats.ts'
import { listingTable } from '../output/listing.ts'
import { FileSink } from '../output/sink.ts'
import { strategyPicture } from '../output/strategy-picture.ts'
import { printable } from '../printable.ts'
import { type Style, styleFor } from '../style.ts'
import { FORMAT_NAMES } from '../table/format-names.ts'
import { findMetaCommand, META_COMMANDS, type MetaCommandName, metaCommandUsage } from '../table/meta-command-table.ts'
import { definitions } from '../text-layout.ts'
import { copyToFile } from './copy-to-file.ts'
import { editText } from './editor.ts'
import { pagedOutput } from './pager.ts'
import { reconnect } from './reconnect.ts'
import { clusterStatus, runStatement, type ShellSession } from './shell-session.ts'
import { watchStatement } from './watch-statement.ts'

/** Whether the shell continues or ends after a command. */
export type MetaOutcome = 'go on' | 'leave'

type MetaHandler = (session: ShellSession, argument: string | undefined) => Promise<void> | void

/**
 * Runs a command of the shell.
 * @throws CommandError for an unknown command or wrong arguments
 */
export async function runMetaCommand(session: ShellSession, name: string, argument: string): Promise<MetaOutcome> {
  const command = findMetaCommand(name)
  if (!command) throw new CommandError(`there is no command \\${name}; \\? shows those that there are`)
  const given = argument === '' ? undefined : argument
  if (given !== undefined && command.argument.kind === 'none') throw new CommandError(`\\${name} takes no argument`)
  if (given === undefined && command.argument.kind === 'one' && command.argument.required) {
    throw new CommandError(`\\${name} needs an argument: ${metaCommandUsage(command)}`)
  }
  if (command.names[0] === 'q') return 'leave'
  await HANDLERS[command.names[0]](session, given)
  return 'go on'
}

const HANDLERS: Readonly<Record<Exclude<MetaCommandName, 'q'>, MetaHandler>> = {
  '?': (session) => {
    const { environment } = session.invocation
    const rows = META_COMMANDS.map((command) => [metaCommandUsage(command), command.about] as const)
    const lines = definitions(rows, widthOf(environment.stdout, environment.env), { paint: styleOf(session).key })
    return show(session, `${lines.join('\n')}\n`)
  },

  d: (session, table) => (table === undefined ? HANDLERS.dt(session, undefined) : describeTable(session, table)),

  dt: (session, schema) =>
    list(session, ['table'], async (signal) => {
      const scope = { ...session.settings.scope, ...schemaScope(schema) }
      return (await session.link.connection.getTables({ ...scope, signal })).map((name) => [name])
    }),

  dn: (session, catalog) =>
    list(session, ['schema'], async (signal) => {
      const scope = catalog === undefined ? session.settings.scope : { catalog: nameParts(catalog).join('.') }
      return (await session.link.connection.getSchemaNames({ ...scope, signal })).map((name) => [name])
    }),

  l: (session) =>
    list(session, ['catalog', 'default'], async (signal) => {
      const catalogs = await session.link.connection.getCatalogs({ signal })
      return catalogs.map(({ name, isDefault }) => [name, isDefault ? 'default' : ''])
    }),

  c: (session, place) => {
    if (place !== undefined) return useScope(session, place)
    const { catalog, database } = session.settings.scope
    say(
      session,
      `names are looked up in ${
        [catalog, database]
          .filter((it) => it !== undefined)
          .map(quotedName)
          .join('.') || 'the default schema'
      }`,
    )
  },

  connect: (session, profile) => reconnect(session, profile),

  watch: (session, seconds) => watchStatement(session, seconds),

  copy: (session, given) => copyToFile(session, given!),

  x: ({ settings }, argument) => {
    settings.expanded =
      argument === undefined ? (settings.expanded === 'on' ? 'auto' : 'on') : oneOf(argument, ['on', 'off', 'auto'])
  },

  format: (session, name) => {
    const known = FORMAT_NAMES.filter(isTextFormat)
    if (name === undefined) say(session, session.settings.format)
    else session.settings.format = oneOf(name, known)
  },

  timing: ({ settings }, argument) => {
    settings.timing = switched(settings.timing, argument)
  },

  pager: ({ settings }, argument) => {
    settings.pager = switched(settings.pager, argument)
  },

  o: async ({ settings }, path) => {
    const open = settings.output
    settings.output = undefined
    await open?.sink.commit()
    if (path !== undefined) settings.output = { path, sink: await FileSink.open(path) }
  },

  i: (session, path) => session.include(path!),

  e: async (session) => {
    const { buffer, terminal, invocation } = session
    const edited = await editText(buffer.take() || session.lastStatement || '', invocation.environment, terminal)
    say(session, edited)
    const [first, ...others] = buffer.push(edited)
    for (const input of first ? [first, ...others] : [])
      if (input.kind === 'statement') await runStatement(session, input.sql)
  },

  g: (session) => runStatement(session, currentStatement(session)),

  p: (session) => say(session, session.buffer.text.trim() || session.lastStatement || 'nothing is typed'),

  r: ({ buffer }) => {
    buffer.take()
  },

  explain: async (session, how) => {
    const request = { sql: currentStatement(session), how: oneOf(how ?? 'plan', ['plan', 'analyze']) }
    const text = await session.runner.cancellable((signal) =>
      explainStatement(session.link.connection, { ...request, limits: { signal } }),
    )
    await show(session, text)
  },

  strategy: (session) => {
    say(
      session,
      strategyPicture(session.link.place, session.link.connection.strategy.inspect(), styleOf(session)).join('\n'),
    )
  },

  status: (session) =>
    session.runner.cancellable(async (signal) => say(session, printable(await clusterStatus(session, signal)))),

  history: (session, count) => {
    const entries = session.history()
    const shown = count === undefined ? 20 : Number(count)
    if (!Number.isSafeInteger(shown) || shown < 1) throw new CommandError('\\history takes how many statements to show')
    const lines = entries.slice(-shown).map((entry) => `${printable(entry)}\n`)
    return show(session, lines.join(''))
  },

  refresh: ({ names }) => names.forget(),
}

function describeTable(session: ShellSession, table: string): Promise<void> {
  const scope = { ...session.settings.scope, ...tableScope(table) }
  return list(session, ['column', 'type'], async (signal) => {
    const columns = await session.link.connection.getColumns({ ...scope, signal })
    if (columns.length === 0) throw new CommandError(`there is no table ${table}; \\dt lists them`)
    return columns.map(({ name, type }) => [name, type])
  })
}

/** Checks that the schema exists, so that a typing error is reported at once. */
async function useScope(session: ShellSession, place: string): Promise<void> {
  const scope = { ...session.settings.scope, ...schemaScope(place) }
  await session.runner.cancellable(async (signal) => {
    const schemas = await session.link.connection.getSchemaNames({
      ...(scope.catalog ? { catalog: scope.catalog } : {}),
      signal,
    })
    if (!schemas.includes(scope.database!)) throw new CommandError(`there is no schema ${place}; \\dn lists them`)
    session.settings.scope = scope
  })
}

function currentStatement(session: ShellSession): string {
  const sql = session.buffer.take() || session.lastStatement
  if (sql === undefined) throw new CommandError('nothing was typed or run yet')
  return sql
}

/** Lists the result of `read`, which Ctrl-C cancels. */
async function list(
  session: ShellSession,
  columns: readonly string[],
  read: (signal: AbortSignal) => Promise<readonly TextRow[]>,
): Promise<void> {
  const rows = await session.runner.cancellable(read)
  const { stdout, env } = session.invocation.environment
  const width = stdout.isTTY ? widthOf(stdout, env) : undefined
  await show(session, listingTable({ columns, rows }, { style: styleOf(session), width }))
}

/** Shows a string, through the pager if it is long. */
async function show(session: ShellSession, text: string): Promise<void> {
  const { environment } = session.invocation
  if (!session.settings.pager) environment.stdout.write(text)
  else await pagedOutput(text, environment, () => session.terminal.lend())
}

function say(session: ShellSession, text: string): void {
  session.invocation.environment.stdout.write(`${text}\n`)
}

function styleOf({ invocation: { environment, noColor } }: ShellSession): Style {
  return styleFor(environment.stdout, environment.env, { noColor })
}

function switched(now: boolean, argument: string | undefined): boolean {
  return argument === undefined ? !now : oneOf(argument, ['on', 'off']) === 'on'
}

function oneOf<const T extends string>(given: string, values: readonly T[]): T {
  const value = values.find((it) => it === given.toLowerCase())
  if (value !== undefined) return value
  throw new CommandError(`${JSON.stringify(given)} must be one of ${values.join(', ')}`)
}
