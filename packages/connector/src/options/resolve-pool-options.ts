import { OptionsError } from '../errors.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import type { TypeOptions } from '../types/value-types.ts'
import type { ConnectOptions } from './connect-options.ts'
import { badValue } from './given-options.ts'
import { POOL_OPTION_NAMES, POOL_OPTION_TABLE, type PoolOptionName } from './pool-option-table.ts'
import { collectOptions, type ResolvedOptions } from './resolve-options.ts'

/** Everything `createPool` takes: what `connect` takes, and what is the pool's own. */
export interface CreatePoolOptions<Types extends TypeOptions = TypeOptions>
  extends ConnectOptions<Types>,
    Readonly<{ [Name in keyof PoolOptions]?: PoolOptions[Name] | undefined }> {}

export interface ResolvedPoolOptions {
  readonly connection: ResolvedOptions
  readonly pool: Required<PoolOptions>
}

/**
 * Decides every option of a pool and of its connections.
 * @param input options, or a URL as text
 * @throws OptionsError which names every fault of both at once
 */
export function resolvePoolOptions(
  input: CreatePoolOptions | string = {},
  env?: NodeJS.ProcessEnv,
): ResolvedPoolOptions {
  const faults: string[] = []
  const { own, rest } = separate(input)
  const pool = poolOptions(own, faults)
  const connection = collectOptions(rest, env, faults)
  if (!connection || faults.length > 0) throw new OptionsError(faults)
  return { connection, pool }
}

/** The pool's own options apart from those of its connections, which do not know them. */
function separate(input: CreatePoolOptions | string): { own: PoolOptions; rest: ConnectOptions | string } {
  if (typeof input !== 'object' || input === null) return { own: {}, rest: input }
  const isOwn = ([name]: [string, unknown]) => Object.hasOwn(POOL_OPTION_TABLE, name)
  const entries = Object.entries(input)
  return {
    own: Object.fromEntries(entries.filter(isOwn)),
    rest: Array.isArray(input) ? input : Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
  }
}

function poolOptions(own: PoolOptions, faults: string[]): Required<PoolOptions> {
  const accepted = new Map<PoolOptionName, number>()
  for (const name of POOL_OPTION_NAMES) {
    const spec = POOL_OPTION_TABLE[name]
    const given = own[name]
    const value = given === undefined ? spec.default : spec.kind.accept(given)
    if (value === undefined) faults.push(badValue(name, spec.kind, { value: given, source: 'the option' }))
    else accepted.set(name, value)
  }
  const { min, max } = Object.fromEntries(accepted)
  if (min !== undefined && max !== undefined && min > max) faults.push('min must not be larger than max')
  return Object.fromEntries(accepted) as Required<PoolOptions>
}
