import { OptionsError } from '../errors.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import type { RowShape, TypeOptions } from '../types/value-types.ts'
import type { AdvancedOptions, ConnectOptions, Given } from './connect-options.ts'
import { optionsFromEnv, processEnv } from './from-env.ts'
import { badValue } from './given-options.ts'
import { POOL_OPTION_NAMES, POOL_OPTION_TABLE, type PoolOptionName } from './pool-option-table.ts'
import { collectOptions, givenTwice, notAdvanced, type ResolvedOptions } from './resolve-options.ts'

/** The options of `createPool`: those of `connect`, and the pool's own. */
export interface CreatePoolOptions<Types extends TypeOptions = TypeOptions, Shape extends RowShape = RowShape>
  extends ConnectOptions<Types, Shape>,
    Given<Omit<PoolOptions, 'limitJitter' | 'checkTimeoutMs'>> {
  /** Rarely needed. */
  advanced?: AdvancedPoolOptions | undefined
}

/** The advanced options of connections and pools. */
export interface AdvancedPoolOptions
  extends AdvancedOptions,
    Given<Pick<PoolOptions, 'limitJitter' | 'checkTimeoutMs'>> {}

export interface ResolvedPoolOptions {
  readonly connection: ResolvedOptions
  readonly pool: Required<PoolOptions>
}

/**
 * Resolves every option of a pool and of its connections.
 * @param input options, or a URL as a string
 * @throws OptionsError that lists the faults of both
 */
export function resolvePoolOptions(input: CreatePoolOptions | string = {}, env = processEnv()): ResolvedPoolOptions {
  const faults: string[] = []
  const { own, rest } = separate(input, faults)
  const pool = poolOptions(own, env, faults)
  const connection = collectOptions(rest, env, faults)
  if (!connection || faults.length > 0) throw new OptionsError(faults)
  return { connection, pool }
}

type Entry = [name: string, value: unknown]

/** Separates the pool's own options from those of its connections. */
function separate(
  input: CreatePoolOptions | string,
  faults: string[],
): { own: PoolOptions; rest: ConnectOptions | string } {
  if (typeof input !== 'object' || input === null) return { own: {}, rest: input }
  if (Array.isArray(input)) return { own: {}, rest: input }
  const { advanced, ...plain } = input
  const [own, rest] = divided(Object.entries(plain))
  if (advanced === undefined || typeof advanced !== 'object' || advanced === null)
    return {
      own: Object.fromEntries(own),
      rest: Object.fromEntries(advanced === undefined ? rest : [...rest, ['advanced', advanced]]),
    }
  const [ownAdvanced, restAdvanced] = divided(Object.entries(advanced))
  const given = new Map(own)
  for (const [name] of ownAdvanced) {
    if (!POOL_OPTION_TABLE[name as PoolOptionName].isAdvanced) faults.push(notAdvanced(name))
    else if (given.has(name)) faults.push(givenTwice(name))
  }
  return {
    own: Object.fromEntries([...own, ...ownAdvanced]),
    rest: { ...Object.fromEntries(rest), advanced: Object.fromEntries(restAdvanced) },
  }
}

/** The pool's own entries that have a value, and the others. */
function divided(entries: readonly Entry[]): [own: Entry[], rest: Entry[]] {
  const isOwn = ([name]: Entry) => Object.hasOwn(POOL_OPTION_TABLE, name)
  return [entries.filter((entry) => isOwn(entry) && entry[1] !== undefined), entries.filter((entry) => !isOwn(entry))]
}

function poolOptions(own: PoolOptions, env: NodeJS.ProcessEnv, faults: string[]): Required<PoolOptions> {
  const accepted = new Map<PoolOptionName, number>()
  const inEnv = optionsFromEnv(POOL_OPTION_TABLE, env)
  for (const name of POOL_OPTION_NAMES) {
    const spec = POOL_OPTION_TABLE[name]
    const given = own[name] === undefined ? inEnv.get(name) : { value: own[name], source: 'the option' }
    const value = given ? spec.kind.accept(given.value) : spec.default
    if (value !== undefined) accepted.set(name, value)
    else if (given) faults.push(badValue(name, spec.kind, given))
  }
  const { min, max } = Object.fromEntries(accepted)
  if (min !== undefined && max !== undefined && min > max) faults.push('min must not be larger than max')
  return Object.fromEntries(accepted) as Required<PoolOptions>
}
