import { ParameterError } from '../errors.ts'
import { namedPlaceholders, type Placeholder, positionalPlaceholders } from './placeholders.ts'
import { type BoundParameter, serverValue } from './server-binding.ts'
import { type Parameter, sqlLiteral } from './sql-literal.ts'

/** The values for a statement's placeholders: an array for `?`, an object for `:name` and `%(name)s`. */
export type StatementParameters = readonly Parameter[] | Readonly<Record<string, Parameter>> | InterfaceParameters

/**
 * Named values typed as an interface, which TypeScript does not accept as a record. The members are validated when the
 * statement is made.
 */
export type InterfaceParameters = object & {
  readonly [Symbol.iterator]?: never
  readonly getTime?: never
  readonly byteLength?: never
  readonly call?: never
}

export interface ServerStatement {
  /** The statement with `?` for every value. */
  readonly sql: string
  /** The values in the order of the `?`. */
  readonly params: readonly BoundParameter[]
}

/** Characters next to which a literal can be written without merging with its neighbour. */
const SAFE_BEFORE = ' \t\r\n(,=<>['
const SAFE_AFTER = ' \t\r\n),;=<>]'

/**
 * Writes values into a statement as literals in the engine's dialect.
 *
 * - An array fills each `?` in order; an object fills `:name` and `%(name)s`. Placeholders inside literals, identifiers
 * and comments are ignored, as are casts (`a::int`).
 * - With an object, `%%` outside of those stands for `%`, as in the Python connector. With an array, it is unchanged.
 * - An array as a value becomes a list: in parentheses after the word IN (`IN ?`), without them elsewhere (`IN (?)`).
 * - Without parameters the statement is returned unchanged.
 *
 * No value can change the surrounding tokens.
 * @throws ParameterError for a value that cannot be written, and when placeholders and values do not match
 */
export function renderParameters(sql: string, params?: StatementParameters): string {
  return fill(sql, params, sqlLiteral)
}

/**
 * Prepares a statement whose values the engine binds: every placeholder becomes `?`, and the values are listed in
 * order. An array as a value becomes one `?` per element. Placeholders are the same as in `renderParameters`.
 * @throws ParameterError for a value that cannot be sent, and when placeholders and values do not match
 */
export function serverParameters(sql: string, params?: StatementParameters): ServerStatement {
  const bound: BoundParameter[] = []
  const filled = fill(sql, params, (value, place) => {
    bound.push(serverValue(value, place, bound.length))
    return '?'
  })
  return { sql: filled, params: bound }
}

type WriteScalar = (value: unknown, place: string) => string

function fill(sql: string, params: StatementParameters | undefined, write: WriteScalar): string {
  if (params === undefined) return sql
  return isList(params)
    ? fillPositional(sql, params, write)
    : fillNamed(sql, params as Readonly<Record<string, Parameter>>, write)
}

function fillPositional(sql: string, values: readonly Parameter[], write: WriteScalar): string {
  const placeholders = positionalPlaceholders(sql)
  if (placeholders.length !== values.length) {
    throw new ParameterError(
      `the statement has ${placeholders.length} placeholders (?), but ${values.length} parameters were given`,
    )
  }
  return replace(
    sql,
    placeholders.map((placeholder) =>
      written(sql, placeholder, values[placeholder.key], `parameter ${placeholder.key + 1}`, write),
    ),
  )
}

function fillNamed(sql: string, values: Readonly<Record<string, Parameter>>, write: WriteScalar): string {
  refuseNonRecord(values)
  const { placeholders, escapedPercents } = namedPlaceholders(sql)
  refuseUnmatchedNames(placeholders, values)
  const parts = placeholders.map((placeholder) =>
    written(sql, placeholder, values[placeholder.key], `parameter ${JSON.stringify(placeholder.key)}`, write),
  )
  const percents = escapedPercents.map((start) => ({ start, end: start + 2, text: '%' }))
  return replace(
    sql,
    [...parts, ...percents].sort((a, b) => a.start - b.start),
  )
}

function written(
  sql: string,
  { start, end, afterIn }: Placeholder<unknown>,
  value: Parameter | undefined,
  place: string,
  write: WriteScalar,
) {
  const text = writeValue(value, place, write)
  return { start, end, text: apart(sql, start, end, afterIn && isList(value) ? `(${text})` : text) }
}

function writeValue(value: Parameter | undefined, place: string, write: WriteScalar): string {
  if (!isList(value)) return write(value, place)
  if (value.length === 0) {
    throw new ParameterError(`${place} is an empty array, but SQL has no empty list; omit the condition instead`)
  }
  // Array.from, because map would skip the holes of a sparse array.
  return Array.from(value, (element, index) => write(element, `${place}, element ${index + 1},`)).join(', ')
}

/** Adds spaces where a neighbour could merge with the value: `'a'?` with a string would otherwise be one literal. */
function apart(sql: string, start: number, end: number, text: string): string {
  const before = start === 0 || SAFE_BEFORE.includes(sql[start - 1]!) ? '' : ' '
  const after = end === sql.length || SAFE_AFTER.includes(sql[end]!) ? '' : ' '
  return before + text + after
}

function replace(sql: string, parts: readonly { start: number; end: number; text: string }[]): string {
  let filled = ''
  let from = 0
  for (const { start, end, text } of parts) {
    filled += sql.slice(from, start) + text
    from = end
  }
  return filled + sql.slice(from)
}

function refuseUnmatchedNames(placeholders: readonly Placeholder<string>[], values: object): void {
  const wanted = new Set(placeholders.map(({ key }) => key))
  const faults = [
    ...[...wanted].filter((name) => !Object.hasOwn(values, name)).map((name) => `no value for ${JSON.stringify(name)}`),
    ...Object.keys(values)
      .filter((name) => !wanted.has(name))
      .map((name) => `no placeholder for ${JSON.stringify(name)}`),
  ]
  if (faults.length > 0) throw new ParameterError(`parameters do not match the statement: ${faults.join(', ')}`)
}

/** A Date, a Map or a string in place of the object would look like no parameters at all. */
function refuseNonRecord(values: unknown): void {
  const prototype = typeof values === 'object' && values !== null ? Object.getPrototypeOf(values) : undefined
  const isRecord = prototype === null || (prototype !== undefined && Object.getPrototypeOf(prototype) === null)
  if (!isRecord) throw new ParameterError('parameters must be an array or a plain object')
}

function isList<T>(value: T): value is Extract<T, readonly unknown[]> {
  return Array.isArray(value)
}
