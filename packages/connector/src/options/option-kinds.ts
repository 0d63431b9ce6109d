import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'
import { domainToASCII } from 'node:url'
import { isUint8Array } from 'node:util/types'

import { LOG_LEVELS, type LogLevel } from '../observability/logger.ts'
import { type AccessToken, isAccessToken } from '../transport/access-token.ts'
import { TYPE_CHOICES, type TypeOptions } from '../types/value-types.ts'

/** What values an option takes. */
export interface OptionKind<T> {
  /** Follows "must be" in a fault. */
  readonly expected: string
  /** The value as it is used, or `undefined` when it is none of this kind. */
  accept(value: unknown): T | undefined
  /** The member of an object that makes it none of this kind, if it is one member. */
  faultIn?(value: unknown): MemberFault | undefined
  /** What a text of the URL or the environment stands for. Absent where a value can't be given as text. */
  fromText?(text: string): unknown
}

/** A member of an object that is of another kind than it must be, or that does not exist. */
export interface MemberFault {
  readonly name: string
  readonly value: unknown
  readonly kind: OptionKind<unknown> | undefined
  /** The members that exist. */
  readonly known: readonly string[]
}

/** Node's timers and gRPC's settings take no more than this; it is 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1

/** HTTP/2 allows no larger window (RFC 9113, 6.9.1), and gRPC no larger message. */
const LARGEST_INT32 = 2 ** 31 - 1

export const text: OptionKind<string> = {
  expected: 'a text that is not empty',
  accept: (value) => (isSendable(value) && value !== '' ? value : undefined),
  fromText: (given) => given,
}

/** Means the same to every process, wherever it was started. */
export const absolutePath: OptionKind<string> = {
  expected: 'an absolute path',
  accept: (value) => (typeof value === 'string' && isAbsolute(value) ? value : undefined),
  fromText: (given) => given,
}

/** Goes into a request header as it is. */
export const headerText: OptionKind<string> = {
  expected: 'a text of printable ASCII characters',
  accept: (value) =>
    typeof value === 'string' && /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) ? value : undefined,
  fromText: (given) => given,
}

/** Goes into a request header too, and may be had anew for each. */
export const accessToken: OptionKind<AccessToken> = {
  expected: 'a text of visible ASCII characters, or a function that gives one',
  accept: (value) => (isAccessToken(value) || typeof value === 'function' ? (value as AccessToken) : undefined),
  fromText: (given) => given,
}

/** A personal access token, or a function that returns the one that is good now. */
export type Password = string | PasswordProvider

/** Returns the password that is good now. Called at each login. */
export type PasswordProvider = () => string | Promise<string>

export function isPassword(value: unknown): value is string {
  return isSendable(value) && value !== ''
}

export const password: OptionKind<Password> = {
  expected: 'a string that is not empty, or a function that returns one',
  accept: (value) => (isPassword(value) || typeof value === 'function' ? (value as Password) : undefined),
  fromText: (given) => given,
}

/** Python's names, which the environment may have for both connectors. */
const PYTHON_LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ['warning', 'warn'],
  ['critical', 'error'],
])

export const logLevel: OptionKind<LogLevel> = {
  ...oneOf(...LOG_LEVELS),
  fromText: (given) => PYTHON_LEVELS.get(given.toLowerCase()) ?? given.toLowerCase(),
}

export const hostName: OptionKind<string> = {
  expected: 'a host name or an IP address alone: a port goes into `port`, and a whole address into `url`',
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

/** The size of a gRPC message, -1 being no limit. */
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

/** A PEM file's path, or its content as bytes or text. */
export const pem: OptionKind<string | Uint8Array> = {
  expected: 'the path of a PEM file, or its bytes',
  accept: (value) => ((typeof value === 'string' || isUint8Array(value)) && value.length > 0 ? value : undefined),
  fromText: (given) => given,
}

/** An object each of whose members is of a kind of its own. */
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

/** Which JavaScript type the values of each group of column types become. */
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

/** An object of strings under any names. */
export const textRecord: OptionKind<Readonly<Record<string, string>>> = {
  expected: 'an object of strings',
  accept: (value) =>
    isObject(value) && Object.values(value).every((member) => typeof member === 'string')
      ? ({ ...value } as Record<string, string>)
      : undefined,
}

/** An object that brings the methods of an interface. */
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

export function either<A, B>(a: OptionKind<A>, b: OptionKind<B>): OptionKind<A | B> {
  return {
    expected: `${a.expected}, or ${b.expected}`,
    accept: (value) => a.accept(value) ?? b.accept(value),
    ...(a.fromText ? { fromText: a.fromText } : {}),
  }
}

/** Words for what was given instead: never the value itself, which may be a secret in the wrong place. */
export function describeKind(value: unknown): string {
  if (value === null) return 'null'
  if (value === '') return 'an empty text'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Number.isNaN(value) ? 'NaN' : 'another number'
  return (
    { string: 'another text', object: 'an object', boolean: 'a boolean' }[typeof value as string] ?? `a ${typeof value}`
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most
}

/** Whether a request can carry it: half of a surrogate pair is no text, and NUL is a trap. */
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
