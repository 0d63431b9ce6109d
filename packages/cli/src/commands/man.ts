import { CommandError } from '../command-error.ts'
import { widthOf } from '../environment.ts'
import type { ExitName } from '../exits.ts'
import { commandManual, manual } from '../guide/manual.ts'
import { manualMarkdown, manualRoff, manualText } from '../guide/manual-writers.ts'
import type { Invocation } from '../invocation.ts'
import { pagedOutput } from '../shell/pager.ts'
import { styleFor } from '../style.ts'
import { VERSION } from '../version.ts'

export async function run({ given, environment, noColor }: Invocation): Promise<ExitName> {
  const { stdout, env } = environment
  const name = given.texts('COMMAND').join(' ')
  const parts = name === '' ? manual() : commandManual(name)
  if (!parts) throw new CommandError(`there is no command ${JSON.stringify(name)}; \`e6data --help\` shows them`)
  const format = given.text('format') ?? 'text'
  if (format === 'roff') stdout.write(manualRoff(parts, VERSION))
  else if (format === 'markdown') stdout.write(manualMarkdown(parts))
  else await pagedOutput(manualText(parts, widthOf(stdout, env), styleFor(stdout, env, { noColor })), environment)
  return 'ok'
}
