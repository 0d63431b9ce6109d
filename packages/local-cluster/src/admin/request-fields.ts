import { isStrategy, type Strategy } from '../deployment/strategy.ts'
import { AdminError } from './admin-error.ts'

/** The fields of a JSON request, checked as they are read. */
export class RequestFields {
  constructor(private readonly fields: Readonly<Record<string, unknown>>) {}

  /** @throws AdminError for a value that is not `blue` or `green`. */
  strategy(name: string): Strategy | undefined {
    return this.#read(name, isStrategy, "'blue' or 'green'")
  }

  boolean(name: string): boolean | undefined {
    return this.#read(name, (value) => typeof value === 'boolean', 'true or false')
  }

  /** Milliseconds, at most an hour. */
  milliseconds(name: string): number | undefined {
    const fits = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 3_600_000
    return this.#read(name, fits, 'milliseconds, at most an hour')
  }

  #read<Value>(name: string, fits: (value: unknown) => value is Value, wanted: string): Value | undefined {
    const value = this.fields[name]
    if (value === undefined || fits(value)) return value
    throw new AdminError(400, 'bad_field', `${name} must be ${wanted}`)
  }
}

/** A whole number in a query string. */
export function wholeNumberIn(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name)
  if (text === null) return fallback
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new AdminError(400, 'bad_parameter', `${name} must be a whole number`)
}

/** Drops undefined values, so that the defaults of options apply. */
export function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
