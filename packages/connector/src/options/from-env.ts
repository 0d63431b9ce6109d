import type { GivenOption } from './given-options.ts'
import type { OptionSpec } from './option-spec.ts'

const MS_PER_SECOND = 1000

/** Variables of the Python connector that have no effect here. */
const IGNORED_VARIABLES = ['E6DATA_STRATEGY_DEBUG'] as const

/** The environment of this process. Only this function reads `process.env`. */
export function processEnv(): NodeJS.ProcessEnv {
  return process.env
}

/** Reads the `E6DATA_…` variables of an option table. An empty variable counts as not set. */
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

/** The URL in the environment, for programs that set neither a URL nor a host. */
export function urlFromEnv(env: NodeJS.ProcessEnv): string | undefined {
  return env.E6DATA_URL || undefined
}

/** Returns the variables that are set but have no effect on this connector. */
export function ignoredVariables(env: NodeJS.ProcessEnv): string[] {
  return IGNORED_VARIABLES.filter((name) => env[name]).map((name) => `the environment variable ${name}`)
}
