import { type InspectOptions, inspect } from 'node:util'

/** One short line for people who print an object: its name, and what may be shown of it. */
export function summary(name: string, facts: object, options: InspectOptions): string {
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
  return `${name} ${inspect(known, { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true, depth: 1 })}`
}
