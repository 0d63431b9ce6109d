import { readFileSync } from 'node:fs'
import type { NameScope } from 'e6data-connector'
import { CommandError } from '../command-error.ts'
import type { Invocation } from '../invocation.ts'
import type { TextFormatName } from '../output/formats.ts'
import { type Input, InputBuffer } from './input-buffer.ts'
import { KnownNames } from './known-names.ts'
import { type MetaOutcome, runMetaCommand } from './meta-commands.ts'
import type { ShellSettings } from './settings.ts'
import { runStatement, type ShellLink, type ShellSession } from './shell-session.ts'
import type { ShellTerminal } from './shell-terminal.ts'
import { StatementRunner } from './statement-runner.ts'

/** The initial state of a shell. */
export interface ShellStart {
  readonly invocation: Invocation
  readonly link: ShellLink
  readonly scope: NameScope
  readonly format: TextFormatName
}

/** Maximum depth of files that include each other. */
const DEEPEST_INCLUDE = 16

export function openSession(
  start: ShellStart,
  terminal: ShellTerminal,
  history: () => readonly string[],
): ShellSession {
  const { invocation, link, scope, format } = start
  const { given, environment, noColor } = invocation
  const settings: ShellSettings = {
    scope,
    format,
    expanded: 'auto',
    timing: true,
    pager: !given.has('no-pager'),
    output: undefined,
  }
  const runner = new StatementRunner({
    connection: () => session.link.connection,
    environment,
    settings,
    terminal,
    noColor,
    timeoutMs: given.number('timeout'),
  })
  let depth = 0
  const session: ShellSession = {
    ...{ invocation, link, settings, runner, terminal, history },
    onConnect: () => undefined,
    names: new KnownNames(link.connection),
    buffer: new InputBuffer(),
    lastStatement: undefined,
    include: async (path) => {
      if (depth >= DEEPEST_INCLUDE) throw new CommandError(`${path} is included by what it includes`)
      depth += 1
      try {
        await runText(session, readFileSync(path, 'utf8'))
      } finally {
        depth -= 1
      }
    },
  }
  return session
}

/** Runs a complete input. */
export async function runInput(session: ShellSession, input: Input): Promise<MetaOutcome> {
  if (input.kind === 'meta') return runMetaCommand(session, input.name, input.argument)
  await runStatement(session, input.sql)
  return 'go on'
}

/** Runs a script line by line, as if it was typed; the last statement needs no semicolon. */
export async function runText(session: ShellSession, text: string): Promise<MetaOutcome> {
  const buffer = new InputBuffer()
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    for (const input of buffer.push(line)) if ((await runInput(session, input)) === 'leave') return 'leave'
  }
  const isLeft = buffer.open !== 'nothing'
  return isLeft ? runInput(session, { kind: 'statement', sql: buffer.take() }) : 'go on'
}

/** The file of `\o` is complete once the shell ends, and all connections are closed, also those of `\connect` made. */
export async function closeSession({ settings, link }: ShellSession): Promise<void> {
  await settings.output?.sink.commit()
  await link.connection.close()
}
