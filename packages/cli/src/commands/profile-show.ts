import { CommandError } from '../command-error.ts'
import type { ExitName } from '../exits.ts'
import type { Invocation } from '../invocation.ts'
import { printable } from '../printable.ts'
import { readConfig, urlHoldsToken } from '../profile/config-file.ts'
import { styleFor } from '../style.ts'
import { pad } from '../text-layout.ts'

export async function run({ given, environment, noColor }: Invocation): Promise<ExitName> {
  const name = given.text('NAME')!
  const { profiles, path } = readConfig(environment)
  const profile = profiles.get(name)
  if (!profile) throw new CommandError(`there is no profile ${JSON.stringify(name)} in ${path}`)
  const shown = [...profile].map(([key, value]) => [key, shownValue(key, value)] as const)
  const { stdout, env } = environment
  if (given.has('json')) {
    stdout.write(`${JSON.stringify({ name, path, ...Object.fromEntries(shown) })}\n`)
    return 'ok'
  }
  const { dim } = styleFor(stdout, env, { noColor })
  const width = Math.max(0, ...shown.map(([key]) => key.length)) + 2
  stdout.write(
    `${shown.map(([key, value]) => `${dim(pad(key, width))}${printable(String(value))}\n`).join('')}${dim(`(${path})`)}\n`,
  )
  return 'ok'
}

function shownValue(key: string, value: string | number | boolean): string | number | boolean {
  if (key === 'password' || key === 'access-token') return '(hidden)'
  return key === 'url' && urlHoldsToken(value) ? '(contains a token: hidden)' : value
}
