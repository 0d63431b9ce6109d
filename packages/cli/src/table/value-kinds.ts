/** A kind of value of options and arguments. All commands share these, so that their errors have the same form. */
export interface ValueKind<T> {
  /** The expected value, for errors. */
  readonly expected: string
  /** Returns the value, or `undefined` for an invalid string. */
  parse(text: string): T | undefined
}

export const anyText: ValueKind<string> = {
  expected: 'a string that is not empty',
  parse: (text) => (text === '' ? undefined : text),
}

/** Like `anyText`, but the empty string is a value too. */
export const plainText: ValueKind<string> = { expected: 'a string', parse: (text) => text }

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): ValueKind<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`
  return {
    expected: `a whole number, ${range}`,
    parse: (text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
      return value >= least && value <= most ? value : undefined
    },
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** The maximum of Node's timers, in milliseconds: 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1

/** A duration in milliseconds; a number alone is seconds. */
export const duration: ValueKind<number> = {
  expected: 'a duration such as 30 (seconds), 500ms, 5m or 1h',
  parse: (text) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
    const milliseconds = Number(amount) * UNIT_MS[unit ?? 's']!
    return milliseconds >= 1 && milliseconds <= LONGEST_MS ? milliseconds : undefined
  },
}

export function oneOf<const T extends string>(...values: readonly T[]): ValueKind<T> {
  return {
    expected: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text.toLowerCase()),
  }
}
