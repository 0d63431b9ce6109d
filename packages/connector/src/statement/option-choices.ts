import { UsageError } from '../errors.ts'
import type { TypeOptions } from '../types/value-types.ts'
import type { QueryOptions } from './statement-options.ts'

type Choices = Readonly<Record<string, readonly string[]>>

/** The forms that values may take, by the group of column types. */
const TYPES = {
  int64: ['bigint', 'number', 'string'],
  decimal: ['string', 'number'],
  date: ['string', 'date', 'micros'],
  timestamp: ['string', 'date', 'micros'],
  nested: ['text', 'parsed'],
  binary: ['bytes', 'hex', 'base64'],
  float: ['number', 'tagged'],
} as const satisfies { readonly [Group in keyof TypeOptions]-?: readonly NonNullable<TypeOptions[Group]>[] }

const OTHERS = {
  rowShape: ['object', 'array'],
  binding: ['client', 'server'],
} as const satisfies { readonly [Name in keyof QueryOptions]?: readonly QueryOptions[Name][] }

/**
 * Checks the options of one query that are a choice of words. A word that is none of them would be taken for another
 * one, and a value might lose digits without anybody noticing.
 * @throws UsageError which says what the choices are
 */
export function checkChoices({ types, rowShape, binding }: QueryOptions): void {
  if (rowShape !== undefined || binding !== undefined) checkWords({ rowShape, binding }, OTHERS, '')
  if (types !== undefined) checkWords(types as Readonly<Record<string, unknown>>, TYPES, 'types.')
}

function checkWords(given: Readonly<Record<string, unknown>>, choices: Choices, prefix: string): void {
  for (const [name, word] of Object.entries(given)) {
    const known = Object.hasOwn(choices, name) ? choices[name]! : undefined
    if (known === undefined)
      throw unusable(`${prefix}${name} is no option: there are ${Object.keys(choices).join(', ')}`)
    if (word !== undefined && !known.includes(word as string)) {
      throw unusable(`${prefix}${name} has to be one of: ${known.join(', ')}`)
    }
  }
}

function unusable(message: string): UsageError {
  return new UsageError(message, { outcome: 'not-sent' })
}
