import { OptionsError } from '../errors.ts'
import type { OptionDoor, StatementDefaults } from '../statement/statement-context.ts'
import type { CursorOptions, QueryOptions } from '../statement/statement-options.ts'
import { isAbortSignal, isTimeLimit } from '../time/deadline.ts'
import { badValue } from './given-options.ts'
import { flag, type OptionKind } from './option-kinds.ts'
import { OPTION_TABLE } from './option-table.ts'
import { unknownOption } from './unknown-option.ts'

type Kinds = Readonly<Record<string, OptionKind<unknown>>>

/** The options of a statement. They have the same names and kinds as those of `connect()`. */
const OF_CURSOR = (
  [
    'catalog',
    'database',
    'rowShape',
    'types',
    'maxBufferedBytes',
    'maxResultBytes',
    'prepareTimeoutMs',
    'callTimeoutMs',
    'arraySize',
    'useResultCache',
    'plannerQueue',
    'binding',
    'verifyRowCount',
    'overlapMetadata',
    'resultEnd',
    'queryTags',
  ] as const satisfies readonly (keyof CursorOptions)[]
).map((name) => [name, OPTION_TABLE[name].kind] as const)

const OF_CALL = {
  signal: {
    expected: 'an AbortSignal',
    accept: (value) => (value === null || isAbortSignal(value) ? value : undefined),
  },
  timeoutMs: {
    expected: 'a non-negative number of milliseconds',
    accept: (value) => (isTimeLimit(value) ? value : undefined),
  },
  readOnly: flag,
} as const satisfies Kinds

/** Parameters are validated together with the statement. */
const OF_QUERY: Kinds = {
  ...Object.fromEntries(OF_CURSOR),
  ...OF_CALL,
  params: { expected: 'an array or an object', accept: (value) => value },
}

/** The options that each method accepts, and the method's name in faults. */
const DOORS: Readonly<Record<OptionDoor, { readonly kinds: Kinds; readonly of: string }>> = {
  query: { kinds: OF_QUERY, of: 'of a query' },
  cursor: { kinds: Object.fromEntries(OF_CURSOR), of: 'of a cursor' },
  execute: { kinds: OF_CALL, of: 'of execute()' },
}

/** A query's options that do not affect how its statement runs: limits, and the values of placeholders. */
const APART: ReadonlySet<string> = new Set(['signal', 'timeoutMs', 'params'] satisfies (
  | keyof QueryOptions
  | 'params'
)[])

/**
 * Validates the options of one call, and adds the connection's. An option that is `undefined` counts as omitted.
 * @throws OptionsError that lists every fault, and suggests the intended name
 */
export function resolveStatementOptions(
  given: unknown,
  door: OptionDoor,
  defaults: StatementDefaults,
  sql?: unknown,
): StatementDefaults {
  if (given === undefined || given === null) return defaults
  if (typeof given !== 'object' || Array.isArray(given)) throw new OptionsError([notOptions(given)])
  const { kinds } = DOORS[door]
  let merged: Record<string, unknown> | undefined
  let faults: string[] | undefined
  for (const name of Object.keys(given)) {
    const value = (given as Record<string, unknown>)[name]
    if (value === undefined) continue
    const kind = Object.hasOwn(kinds, name) ? kinds[name]! : undefined
    const accepted = kind?.accept(value)
    if (accepted === undefined) {
      faults ??= []
      faults.push(
        kind
          ? badValue(name, kind, { value, source: 'the option' })
          : unknownOption(name, Object.keys(kinds), { of: DOORS[door].of, sql, isOfConnection: name in OPTION_TABLE }),
      )
    } else if (!APART.has(name)) {
      merged ??= { ...defaults }
      merged[name] = name === 'types' ? { ...defaults.types, ...accepted } : accepted
    }
  }
  if (faults) throw new OptionsError(faults)
  return merged === undefined ? defaults : (merged as unknown as StatementDefaults)
}

function notOptions(given: unknown): string {
  const meant = Array.isArray(given) ? ': pass parameters as `params`, as in query(sql, { params: [5] })' : ''
  return `options must be an object, not ${Array.isArray(given) ? 'an array' : `a ${typeof given}`}${meant}`
}
