import type { GivenOption } from './given-options.ts'
import type { OptionSpec } from './option-spec.ts'

const MS_PER_SECOND = 1000

/** Variables that the Python connector's users have set, and that mean nothing here. */
const IGNORED_VARIABLES = ['E6DATA_STRATEGY_DEBUG'] as const

/** The environment of this process. This is the only place that knows `process.env`. */
export function processEnv(): NodeJS.ProcessEnv {
  return process.env
}

/** Reads the `E6DATA_…` variables of a table of options. One that is empty counts as not set. */
export function optionsFromEnv<Name extends string>(
  table: { readonly [N in Name]: Pick<OptionSpec, 'kind' | 'env'> },
  env: NodeJS.ProcessEnv,
): Map<Name, GivenOption> {
  const options = new Map<Name, GivenOption>()
  for (const name of Object.keys(table) as Name[]) {
    const { kind, env: variable } = table[name]
    const text = variable && env[variable.name]
    if (!text || !kind.fromText) continue
    const value = kind.fromText(text)
    const inSeconds = variable.unit === 'seconds' && typeof value === 'number'
    options.set(name, {
      value: inSeconds ? Math.round(value * MS_PER_SECOND) : value,
      source: `the environment variable ${variable.name}`,
    })
  }
  return options
}

/** The URL of the environment, for programs that give neither a URL nor a host. */
export function urlFromEnv(env: NodeJS.ProcessEnv): string | undefined {
  return env.E6DATA_URL || undefined
}

/** Which variables are set that mean nothing to this connector. */
export function ignoredVariables(env: NodeJS.ProcessEnv): string[] {
  return IGNORED_VARIABLES.filter((name) => env[name]).map((name) => `the environment variable ${name}`)
}
