import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'
import { domainToASCII } from 'node:url'
import { isUint8Array } from 'node:util/types'

import { LOG_LEVELS, type LogLevel } from '../observability/logger.ts'
import { type AccessToken, isAccessToken } from '../transport/access-token.ts'
import { TYPE_CHOICES, type TypeOptions } from '../types/value-types.ts'

/** The accepted values of an option. */
export interface OptionKind<T> {
  /** A description that follows "must be" in a fault. */
  readonly expected: string
  /** Returns the value in its normal form, or `undefined` when it is invalid. */
  accept(value: unknown): T | undefined
  /** Returns the member of an object that makes it invalid, if a single member does. */
  faultIn?(value: unknown): MemberFault | undefined
  /** Converts a string of the URL or the environment. Absent if a string cannot represent the value. */
  fromText?(text: string): unknown
}

/** A member of an object that is invalid or unknown. */
export interface MemberFault {
  readonly name: string
  readonly value: unknown
  readonly kind: OptionKind<unknown> | undefined
  /** The known members. */
  readonly known: readonly string[]
}

/** The maximum of Node's timers and gRPC's settings: 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1

/** The largest window in HTTP/2 (RFC 9113, 6.9.1), and the largest message in gRPC. */
const LARGEST_INT32 = 2 ** 31 - 1

export const text: OptionKind<string> = {
  expected: 'a non-empty string',
  accept: (value) => (isSendable(value) && value !== '' ? value : undefined),
  fromText: (given) => given,
}

/** Has the same meaning in every process, wherever it was started. */
export const absolutePath: OptionKind<string> = {
  expected: 'an absolute path',
  accept: (value) => (typeof value === 'string' && isAbsolute(value) ? value : undefined),
  fromText: (given) => given,
}

/** A value that is sent unchanged in a request header. */
export const headerText: OptionKind<string> = {
  expected: 'a string of printable ASCII characters',
  accept: (value) =>
    typeof value === 'string' && /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) ? value : undefined,
  fromText: (given) => given,
}

/** A value that is also sent in a request header, and may be obtained anew for each. */
export const accessToken: OptionKind<AccessToken> = {
  expected: 'a string of visible ASCII characters, or a function that returns one',
  accept: (value) => (isAccessToken(value) || typeof value === 'function' ? (value as AccessToken) : undefined),
  fromText: (given) => given,
}

/** A personal access token, or a function that returns the current one. */
export type Password = string | PasswordProvider

/** Returns the current password. Called at each login. */
export type PasswordProvider = () => string | Promise<string>

export function isPassword(value: unknown): value is string {
  return isSendable(value) && value !== ''
}

export const password: OptionKind<Password> = {
  expected: 'a non-empty string, or a function that returns one',
  accept: (value) => (isPassword(value) || typeof value === 'function' ? (value as Password) : undefined),
  fromText: (given) => given,
}

/** Python's level names, because both connectors may share an environment. */
const PYTHON_LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ['warning', 'warn'],
  ['critical', 'error'],
])

export const logLevel: OptionKind<LogLevel> = {
  ...oneOf(...LOG_LEVELS),
  fromText: (given) => PYTHON_LEVELS.get(given.toLowerCase()) ?? given.toLowerCase(),
}

export const hostName: OptionKind<string> = {
  expected: 'a host name or an IP address (a port belongs in `port`, a whole address in `url`)',
  accept: (value) => (typeof value === 'string' ? hostOf(value) : undefined),
  fromText: (given) => given,
}

export const flag: OptionKind<boolean> = {
  expected: 'true or false',
  accept: (value) => (typeof value === 'boolean' ? value : undefined),
  fromText: (given) => FLAG_TEXTS[given.toLowerCase()] ?? given,
}

const FLAG_TEXTS: Readonly<Record<string, boolean>> = Object.assign(Object.create(null), {
  true: true,
  false: false,
  1: true,
  0: false,
  yes: true,
  no: false,
  on: true,
  off: false,
})

export function wholeNumber(least: number, most: number): OptionKind<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    accept: (value) => (Number.isInteger(value) && isWithin(value, least, most) ? value : undefined),
    fromText: numberOf,
  }
}

export function number(least: number, most: number): OptionKind<number> {
  return {
    expected: `a number from ${least} to ${most}`,
    accept: (value) => (isWithin(value, least, most) ? value : undefined),
    fromText: numberOf,
  }
}

export function milliseconds(least: number): OptionKind<number> {
  return { ...number(least, LONGEST_MS), expected: `a number of milliseconds from ${least} to ${LONGEST_MS}` }
}

/** The maximum size of a gRPC message; -1 means no limit. */
export const messageBytes: OptionKind<number> = {
  expected: `a whole number of bytes from 1 to ${LARGEST_INT32}, or -1 for no limit`,
  accept: (value) =>
    value === -1 || (Number.isInteger(value) && isWithin(value, 1, LARGEST_INT32)) ? (value as number) : undefined,
  fromText: numberOf,
}

export function oneOf<const T extends string>(...values: readonly T[]): OptionKind<T> {
  return {
    expected: `one of ${values.map((value) => `'${value}'`).join(', ')}`,
    accept: (value) => values.find((known) => known === value),
    fromText: (given) => given.toLowerCase(),
  }
}

/** The path of a PEM file, or its content as bytes or a string. */
export const pem: OptionKind<string | Uint8Array> = {
  expected: 'the path of a PEM file, or its bytes',
  accept: (value) => ((typeof value === 'string' || isUint8Array(value)) && value.length > 0 ? value : undefined),
  fromText: (given) => given,
}

/** An object with members of known kinds. */
export function record<T extends object>(
  members: { readonly [Name in keyof T]-?: OptionKind<Exclude<T[Name], undefined>> },
): OptionKind<T> {
  const names = Object.keys(members) as (keyof T & string)[]
  const parts = names.map((name) => `${name} (${members[name].expected})`)
  return {
    expected: `an object with any of ${parts.join(', ')}`,
    accept: (value) => {
      if (!isObject(value)) return undefined
      const accepted: Record<string, unknown> = {}
      for (const name of Object.keys(value)) {
        if (value[name] === undefined && Object.hasOwn(members, name)) continue
        const member = Object.hasOwn(members, name) ? members[name as keyof T].accept(value[name]) : undefined
        if (member === undefined) return undefined
        accepted[name] = member
      }
      return accepted as T
    },
    faultIn: (value) => {
      if (!isObject(value)) return undefined
      const kindOf = (name: string) => (Object.hasOwn(members, name) ? members[name as keyof T & string] : undefined)
      const bad = Object.keys(value).find((name) => {
        const kind = kindOf(name)
        return kind ? value[name] !== undefined && kind.accept(value[name]) === undefined : true
      })
      return bad === undefined ? undefined : { name: bad, value: value[bad], kind: kindOf(bad), known: names }
    },
  }
}

/** The JavaScript type for each group of column types. */
export const valueTypes: OptionKind<TypeOptions> = record({
  int64: oneOf(...TYPE_CHOICES.int64),
  decimal: oneOf(...TYPE_CHOICES.decimal),
  date: oneOf(...TYPE_CHOICES.date),
  timestamp: oneOf(...TYPE_CHOICES.timestamp),
  interval: oneOf(...TYPE_CHOICES.interval),
  nested: oneOf(...TYPE_CHOICES.nested),
  binary: oneOf(...TYPE_CHOICES.binary),
  float: oneOf(...TYPE_CHOICES.float),
})

/** An object of strings with any keys. */
export const textRecord: OptionKind<Readonly<Record<string, string>>> = {
  expected: 'an object of strings',
  accept: (value) =>
    isObject(value) && Object.values(value).every((member) => typeof member === 'string')
      ? ({ ...value } as Record<string, string>)
      : undefined,
}

/** An object that implements the methods of an interface. */
export function implementation<T extends object>(...methods: readonly (keyof T & string)[]): OptionKind<T> {
  return {
    expected: `an object with the methods ${methods.join(', ')}`,
    accept: (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
        ? (value as T)
        : undefined,
  }
}

/** A function that a program brings; its arguments and result are its own concern. */
export function functionOf<T extends (...args: never[]) => unknown>(expected: string): OptionKind<T> {
  return { expected, accept: (value) => (typeof value === 'function' ? (value as T) : undefined) }
}

export function either<A, B>(a: OptionKind<A>, b: OptionKind<B>): OptionKind<A | B> {
  return {
    expected: `${a.expected}, or ${b.expected}`,
    accept: (value) => a.accept(value) ?? b.accept(value),
    ...(a.fromText ? { fromText: a.fromText } : {}),
  }
}

/** Describes an invalid value without showing it, because it may be a misplaced secret. */
export function describeKind(value: unknown): string {
  if (value === null) return 'null'
  if (value === '') return 'an empty string'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Number.isNaN(value) ? 'NaN' : 'an invalid number'
  return (
    { string: 'an invalid string', object: 'an object', boolean: 'a boolean' }[typeof value as string] ??
    `a ${typeof value}`
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most
}

/**
 * Returns whether a request can contain it: an unpaired surrogate is not a character, and NUL ends a string in some
 * engines.
 */
function isSendable(value: unknown): value is string {
  return typeof value === 'string' && !/[\p{Surrogate}\0]/u.test(value)
}

function hostOf(given: string): string | undefined {
  const bare = /^\[.*\]$/.test(given) ? given.slice(1, -1) : given
  if (isIP(bare)) return bare
  const ascii = domainToASCII(given)
  return ascii !== '' && /^[\w-]+(\.[\w-]+)*\.?$/.test(ascii) && /^[^\s/:@?#%]+$/.test(given) ? ascii : undefined
}

function numberOf(given: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(given.trim()) ? Number(given) : given
}
