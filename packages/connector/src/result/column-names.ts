import type { Field } from './field.ts'

/**
 * Returns the column names used in rows. A repeated name gets the first free number: `name`, `name_2`, `name_3`. A
 * column whose own name looks like that keeps it.
 */
export function columnNames(fields: readonly Field[]): readonly string[] {
  const own = new Set(fields.map(({ name }) => name))
  const taken = new Set<string>()
  const lastNumber = new Map<string, number>()
  return fields.map(({ name }) => {
    if (!taken.has(name)) {
      taken.add(name)
      return name
    }
    let number = lastNumber.get(name) ?? 1
    let candidate: string
    do {
      number += 1
      candidate = `${name}_${number}`
    } while (own.has(candidate) || taken.has(candidate))
    lastNumber.set(name, number)
    taken.add(candidate)
    return candidate
  })
}
