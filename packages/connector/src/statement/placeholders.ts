import { ParameterError } from '../errors.ts'
import { endOfQuoted, nextPlace, nextSignificant, stopAt, UNCLOSED } from './sql-places.ts'
import { endOfNumber, endOfWord, isDigit, isSpace, isWordPart } from './sql-tokens.ts'

/** A placeholder's position in a statement, from `start` up to but excluding `end`. */
export interface Placeholder<Key> {
  readonly key: Key
  readonly start: number
  readonly end: number
  /** Whether the word IN directly precedes it, so that a list needs parentheses. */
  readonly afterIn: boolean
}

export interface NamedPlaceholders {
  readonly placeholders: readonly Placeholder<string>[]
  /** The position of each `%%` that stands for a single percent sign. */
  readonly escapedPercents: readonly number[]
}

const POSITIONAL = stopAt('?')
const NAMED = stopAt('?:%')

/** Finds every `?` outside literals, identifiers and comments. The key counts from 0. */
export function positionalPlaceholders(sql: string): Placeholder<number>[] {
  const found: Placeholder<number>[] = []
  const remarks = new LastRemarks(sql)
  for (let at = nextPlace(sql, 0, POSITIONAL); at < sql.length; ) {
    let end = at + 1
    if (sql[at] === '?') found.push({ key: found.length, start: at, end, afterIn: remarks.isAfterIn(at) })
    else end = remarks.pass(at)
    at = nextPlace(sql, end, POSITIONAL)
  }
  return found
}

/**
 * Finds every `:name` and `%(name)s` outside literals, identifiers and comments.
 *
 * A colon directly after a name, a number, a literal, a closing bracket or another colon is not a placeholder: it is a
 * cast (`a::int`), a slice (`a[1:n]`) or a path (`payload:field`).
 * @throws ParameterError when the statement also has a `?`
 */
export function namedPlaceholders(sql: string): NamedPlaceholders {
  const placeholders: Placeholder<string>[] = []
  const escapedPercents: number[] = []
  const remarks = new LastRemarks(sql)
  for (let at = nextPlace(sql, 0, NAMED); at < sql.length; ) {
    let end = at + 1
    switch (sql[at]) {
      case '?':
        throw new ParameterError(`the ? at character ${at + 1} needs an array of parameters, but an object was given`)
      case ':':
        if (startsWord(sql, end) && !isOperandEnd(sql, at)) {
          end = endOfWord(sql, end)
          placeholders.push({ key: sql.slice(at + 1, end), start: at, end, afterIn: remarks.isAfterIn(at) })
        }
        break
      case '%': {
        if (sql[end] === '%') {
          escapedPercents.push(at)
          end += 1
          break
        }
        const close = endOfPyformatName(sql, at)
        if (close === undefined) break
        end = close + 2
        placeholders.push({ key: sql.slice(at + 2, close), start: at, end, afterIn: remarks.isAfterIn(at) })
        break
      }
      default:
        end = remarks.pass(at)
    }
    at = nextPlace(sql, end, NAMED)
  }
  return { placeholders, escapedPercents }
}

/** The last run of comments separated only by space, to skip it when searching backwards. */
class LastRemarks {
  #start = 0
  #end = 0

  constructor(private readonly sql: string) {}

  /** Records the comment that starts at a position. Returns its end. */
  pass(at: number): number {
    const { sql } = this
    const end = endOfQuoted(sql, at)
    if (this.#end === 0 || nextSignificant(sql, this.#end) < at) this.#start = at
    this.#end = end === UNCLOSED ? sql.length : end
    return this.#end
  }

  /** Returns whether the last word before a position is IN. */
  isAfterIn(place: number): boolean {
    let at = this.#skipSpaceBack(place)
    if (at > 0 && at === this.#end) at = this.#skipSpaceBack(this.#start)
    const { sql } = this
    const isIn = at >= 2 && (sql.charCodeAt(at - 1) | 32) === LETTER_N && (sql.charCodeAt(at - 2) | 32) === LETTER_I
    return isIn && !isWordPart(sql.charCodeAt(at - 3)) && sql[at - 3] !== '.'
  }

  #skipSpaceBack(place: number): number {
    let at = place
    while (at > 0 && isSpace(this.sql.charCodeAt(at - 1))) at -= 1
    return at
  }
}

const LETTER_I = 105
const LETTER_N = 110

function startsWord(sql: string, at: number): boolean {
  const code = sql.charCodeAt(at)
  return isWordPart(code) && !isDigit(code)
}

/** Returns whether a colon directly follows an operand, and so belongs to it. */
function isOperandEnd(sql: string, colon: number): boolean {
  if (colon === 0) return false
  const before = sql.charCodeAt(colon - 1)
  return isWordPart(before) || '\'"`:)]'.includes(sql[colon - 1]!)
}

/** Returns the end of the name in `%(name)s`, without gaps; `undefined` if something else follows the percent sign. */
function endOfPyformatName(sql: string, percent: number): number | undefined {
  const start = percent + 2
  if (sql[percent + 1] !== '(' || !isWordPart(sql.charCodeAt(start))) return undefined
  const end = isDigit(sql.charCodeAt(start)) ? endOfNumber(sql, start) : endOfWord(sql, start)
  const isConversion = sql[end] === ')' && sql[end + 1] === 's' && !isWordPart(sql.charCodeAt(end + 2))
  return isConversion ? end : undefined
}
