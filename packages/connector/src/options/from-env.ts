import type { OptionName } from './connect-options.ts'
import type { GivenOption, GivenOptions } from './given-options.ts'
import { OPTION_NAMES, OPTION_TABLE } from './option-table.ts'

const MS_PER_SECOND = 1000

/** Reads the `E6DATA_…` variables. One that is empty counts as not set. This is the only place that knows `process.env`. */
export function optionsFromEnv(env: NodeJS.ProcessEnv = process.env): GivenOptions {
  const options = new Map<OptionName, GivenOption>()
  for (const name of OPTION_NAMES) {
    const { kind, env: variable } = OPTION_TABLE[name]
    const text = variable && env[variable.name]
    if (!text || !kind.fromText) continue
    const value = kind.fromText(text)
    const inSeconds = variable.unit === 'seconds' && typeof value === 'number'
    options.set(name, {
      value: inSeconds ? Math.round(value * MS_PER_SECOND) : value,
      source: `the environment variable ${variable.name}`,
    })
  }
  return { options, faults: [] }
}
