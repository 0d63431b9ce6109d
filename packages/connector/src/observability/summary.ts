import { type InspectOptions, inspect } from 'node:util'

/** A one-line description for printed objects: the name, and the facts that may be shown. */
export function summary(name: string, facts: object, options: InspectOptions): string {
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
  return `${name} ${inspect(known, { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true, depth: 1 })}`
}
