import { DecodeError, ValueRangeError } from '../errors.ts'
import { isExactDouble } from '../types/exact-double.ts'
import type { NestedValue, TypeOptions } from '../types/value-types.ts'

export type NestedOptions = Required<Pick<TypeOptions, 'int64' | 'float'>>

/**
 * Values that `JSON.parse` loses or rejects: long numbers, large exponents, negative zero, and numbers that JSON lacks.
 */
const NEEDS_CARE = /\d[\d.]{15}|[eE][+-]?\d{3}|-0|NaN|Infinity/
const DEEPEST_NESTING = 500
const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const WORDS: readonly (readonly [word: string, value: null | boolean | number])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]

/**
 * Parses the JSON of an ARRAY, MAP or STRUCT. Integers beyond 2^53 follow the `int64` option. Any other number that a
 * double cannot represent, which only a decimal can be, stays a string with all its digits. `NaN` and infinities are
 * accepted although JSON has none.
 * @throws DecodeError when the string is not JSON.
 * @throws ValueRangeError when `int64` is `number` and an integer does not fit one.
 */
export function parseNested(text: string, column: string, options: NestedOptions): NestedValue {
  if (NEEDS_CARE.test(text)) return new NestedParser(text, column, options).parse()
  try {
    return JSON.parse(text) as NestedValue
  } catch (cause) {
    throw new DecodeError(`column "${column}" has a nested value that is not JSON`, { cause })
  }
}

class NestedParser {
  private at = 0
  private depth = 0

  constructor(
    private readonly text: string,
    private readonly column: string,
    private readonly options: NestedOptions,
  ) {}

  parse(): NestedValue {
    const value = this.value()
    this.skipSpace()
    if (this.at < this.text.length) this.refuse()
    return value
  }

  private value(): NestedValue {
    this.skipSpace()
    const start = this.text[this.at]
    if (start === '"') return this.string()
    if (start === '[') return this.nested(() => this.array())
    if (start === '{') return this.nested(() => this.object())
    const word = WORDS.find(([name]) => this.text.startsWith(name, this.at))
    if (word === undefined) return this.number()
    this.at += word[0].length
    return typeof word[1] === 'number' ? this.float(word[1]) : word[1]
  }

  private nested<T>(read: () => T): T {
    this.depth += 1
    if (this.depth > DEEPEST_NESTING) this.refuse()
    this.at += 1
    const value = read()
    this.depth -= 1
    return value
  }

  private array(): NestedValue[] {
    const values: NestedValue[] = []
    if (this.takes(']')) return values
    do values.push(this.value())
    while (this.takes(','))
    if (!this.takes(']')) this.refuse()
    return values
  }

  private object(): { [key: string]: NestedValue } {
    const object: { [key: string]: NestedValue } = {}
    if (this.takes('}')) return object
    do {
      this.skipSpace()
      const key = this.string()
      if (!this.takes(':')) this.refuse()
      // An assignment to `__proto__` would set the prototype.
      if (key === '__proto__') {
        Object.defineProperty(object, key, {
          value: this.value(),
          writable: true,
          enumerable: true,
          configurable: true,
        })
      } else {
        object[key] = this.value()
      }
    } while (this.takes(','))
    if (!this.takes('}')) this.refuse()
    return object
  }

  private string(): string {
    if (this.text[this.at] !== '"') this.refuse()
    let end = this.at
    let backslashes: number
    do {
      end = this.text.indexOf('"', end + 1)
      if (end < 0) this.refuse()
      backslashes = 0
      while (this.text[end - 1 - backslashes] === '\\') backslashes += 1
    } while (backslashes % 2 === 1)
    const literal = this.text.slice(this.at, end + 1)
    try {
      const value = JSON.parse(literal) as string
      this.at = end + 1
      return value
    } catch (cause) {
      return this.refuse(cause)
    }
  }

  private number(): number | bigint | string {
    NUMBER.lastIndex = this.at
    const match = NUMBER.exec(this.text)
    if (match === null) return this.refuse()
    const [token, fraction, exponent] = match
    this.at += token.length
    const value = Number(token)
    if (fraction === undefined && exponent === undefined && !Number.isSafeInteger(value)) return this.bigInteger(token)
    return isExactDouble(token) ? this.float(value) : token
  }

  private bigInteger(token: string): bigint | string {
    if (this.options.int64 === 'bigint') return BigInt(token)
    if (this.options.int64 === 'string') return token
    throw new ValueRangeError(`column "${this.column}" has ${token}, which a number cannot represent exactly`)
  }

  private float(value: number): number | string {
    if (this.options.float === 'number') return value
    if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : value
    return String(value)
  }

  private takes(mark: string): boolean {
    this.skipSpace()
    if (this.text[this.at] !== mark) return false
    this.at += 1
    return true
  }

  private skipSpace(): void {
    SPACE.lastIndex = this.at
    SPACE.exec(this.text)
    this.at = SPACE.lastIndex
  }

  private refuse(cause?: unknown): never {
    throw new DecodeError(`column "${this.column}" has a nested value that is not JSON, at ${this.at}`, { cause })
  }
}
