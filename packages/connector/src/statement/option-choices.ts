import { UsageError } from '../errors.ts'
import { TYPE_CHOICES } from '../types/value-types.ts'
import type { QueryOptions } from './statement-options.ts'

type Choices = Readonly<Record<string, readonly string[]>>

const OTHERS = {
  rowShape: ['object', 'array'],
  binding: ['client', 'server'],
  verifyRowCount: ['auto', 'error', 'off'],
  resultEnd: ['batch', 'row-count'],
} as const satisfies { readonly [Name in keyof QueryOptions]?: readonly QueryOptions[Name][] }

/**
 * Checks the options of one query that are a choice of words. A word that is none of them would be taken for another
 * one, and a value might lose digits without anybody noticing.
 * @throws UsageError which says what the choices are
 */
export function checkChoices({ types, rowShape, binding, verifyRowCount, resultEnd, readOnly }: QueryOptions): void {
  if (readOnly !== undefined && typeof readOnly !== 'boolean') throw unusable('readOnly has to be true or false')
  if (rowShape || binding || verifyRowCount || resultEnd)
    checkWords({ rowShape, binding, verifyRowCount, resultEnd }, OTHERS, '')
  if (types !== undefined) checkWords(types as Readonly<Record<string, unknown>>, TYPE_CHOICES, 'types.')
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
