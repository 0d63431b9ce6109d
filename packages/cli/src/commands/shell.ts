import { readFileSync } from 'node:fs'
import { resolveOptions } from 'e6data-connector/wire'
import { completeSettings } from '../connection/connection-settings.ts'
import { openConnection } from '../connection/open-connection.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { isTextFormat } from '../output/formats.ts'
import { runInteractively } from '../shell/interactive-shell.ts'
import type { ShellStart } from '../shell/open-session.ts'
import { runScript } from '../shell/script-shell.ts'
import { FORMAT_NAMES } from '../table/format-names.ts'

/** Runs a prompt, or a script line by line. */
export async function run(invocation: Invocation): Promise<ExitName> {
  const { given, environment } = invocation
  const file = given.text('file')
  const script = file === undefined || file === '-' ? undefined : readFileSync(file, 'utf8')
  const options = await completeSettings(invocation)
  const resolved = resolveOptions(options)
  await using connection = await openConnection(invocation, options)
  const format = given.text('format')
  const start: ShellStart = {
    invocation,
    link: { connection, options, place: resolved },
    scope: {
      ...(resolved.catalog === undefined ? {} : { catalog: resolved.catalog }),
      ...(resolved.database === undefined ? {} : { database: resolved.database }),
    },
    format: FORMAT_NAMES.filter(isTextFormat).find((name) => name === format) ?? 'table',
  }
  const isScript = file !== undefined || !environment.stdin.isTTY || !environment.stdout.isTTY
  return isScript ? await runScript(start, script ?? environment.stdin) : await runInteractively(start)
}
