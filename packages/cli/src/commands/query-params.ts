import { readFileSync } from 'node:fs'
import type { StatementParameters } from 'e6data-connector'
import { replaceInexactNumbers } from 'e6data-connector/wire'
import { CommandError } from '../command-error.ts'

/** The name of a member that holds an integer which JSON.parse would round. */
const LARGE_INTEGER = '\0integer'

/**
 * Reads `--params`: JSON, or `@` and a file of JSON. Integers of any size are exact.
 * @throws CommandError for anything but an array or an object of plain values
 */
export function readParams(given: string): StatementParameters {
  const params = parseExactly(given.startsWith('@') ? readFileSync(given.slice(1), 'utf8') : given)
  if (typeof params === 'object' && params !== null) return params as StatementParameters
  throw new CommandError(`--params takes an array for ? or an object for :name, such as '[42, "north"]'`)
}

function parseExactly(text: string): unknown {
  const marked = replaceInexactNumbers(text, (number) =>
    /^-?\d+$/.test(number) ? JSON.stringify({ [LARGE_INTEGER]: number }) : number,
  )
  try {
    return JSON.parse(marked, (_, value: unknown) => {
      const digits = typeof value === 'object' && value !== null ? Reflect.get(value, LARGE_INTEGER) : undefined
      return typeof digits === 'string' ? BigInt(digits) : value
    })
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new CommandError(`--params is not JSON; an example is '[42, "north"]'`)
  }
}
