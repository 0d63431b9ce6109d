import type { Strategy } from '../types/strategy.ts'
import { PinMap } from './pin-map.ts'
import { StoreFault } from './shared-files.ts'
import type { Confirmation } from './shared-reconcile.ts'
import type { Asker, StrategyState } from './strategy-state.ts'
import type { QueryPin } from './strategy-store.ts'
import type { SwitchBudget } from './switch-limits.ts'

/**
 * The files of the shared store are one JSON object each, with the number of this format. Every field is validated on
 * reading, because another version of this library or another program may have written it.
 */
export const SHARED_FORMAT = 2

/**
 * The maximum that a time may be ahead of this process's clock: clocks on one host agree, but are read at different
 * moments.
 */
const CLOCK_SLACK_MS = 60_000

/** The maximum length of an engine's string that is worth storing. */
export const LONGEST_SHARED_TEXT = 512

/** The maximum length of a list of times in a state. */
const MOST_TIMES = 100

export interface VersionFile {
  readonly publishedAt: number
  readonly state: StrategyState
}

export interface LeaseFile {
  readonly renewedAt: number
  readonly pins: PinMap<QueryPin>
}

export function encodeVersion({ publishedAt, state }: VersionFile): string {
  return JSON.stringify({ format: SHARED_FORMAT, publishedAt, state })
}

export function decodeVersion(text: string, now: number): VersionFile {
  const file = fieldsOf(text)
  return { publishedAt: timeAt(file, 'publishedAt', now), state: decodeState(objectAt(file, 'state'), now) }
}

/** Checks a state field by field: what is read may have been written by anyone. */
export function decodeState(state: Fields, now: number): StrategyState {
  const active = strategyAt(state, 'active')
  const pending = optional(state, 'pending', (value) => ({
    strategy: requiredStrategyAt(value, 'strategy'),
    ready: booleanAt(value, 'ready'),
    withdrawnAt: optionalTimeAt(value, 'withdrawnAt', now),
  }))
  const sighting = (value: Fields) => ({
    strategy: requiredStrategyAt(value, 'strategy'),
    at: timeAt(value, 'at', now),
  })
  if (pending && pending.strategy === active) throw damaged('pending')
  return {
    epoch: countAt(state, 'epoch'),
    active,
    pending,
    withdrawn: optional(state, 'withdrawn', sighting),
    lastKnown: strategyAt(state, 'lastKnown'),
    refusal: optional(state, 'refusal', (value) => ({
      strategy: requiredStrategyAt(value, 'strategy'),
      at: timeAt(value, 'at', now),
      unproven: booleanAt(value, 'unproven'),
    })),
    checkedAt: timeAt(state, 'checkedAt', now),
    servedAt: timeAt(state, 'servedAt', now),
    transitionedAt: optionalTimeAt(state, 'transitionedAt', now),
    budget: budgetAt(state, now),
    moves: timesAt(state, 'moves', now),
    strays: countAt(state, 'strays'),
    suspectedAt: optionalTimeAt(state, 'suspectedAt', now),
    returnBar: optional(state, 'returnBar', (value) => ({ ...sighting(value), forMs: amountAt(value, 'forMs') })),
    asker: optional(state, 'asker', (value) => askerAt(value, now)),
    opening: optional(state, 'opening', (value) => ({
      strategy: requiredStrategyAt(value, 'strategy'),
      count: countAt(value, 'count'),
    })),
  }
}

/** Confirmations are too frequent to be versions of the state, so they have their own file. */
export function encodeCheck({ epoch, checkedAt, servedAt }: Confirmation): string {
  return JSON.stringify({ format: SHARED_FORMAT, epoch, checkedAt, servedAt })
}

export function decodeCheck(text: string, now: number): Confirmation {
  const file = fieldsOf(text)
  return {
    epoch: countAt(file, 'epoch'),
    checkedAt: timeAt(file, 'checkedAt', now),
    servedAt: timeAt(file, 'servedAt', now),
  }
}

/** A pin is `[query, strategy, engine, last activity]`. It contains no session. */
export function encodeLease(renewedAt: number, pins: Iterable<readonly [string, QueryPin]>): string {
  const rows: unknown[] = []
  for (const [queryId, { strategy, engineIp, lastActivityAt }] of pins) {
    rows.push([queryId, strategy, engineIp, Math.floor(lastActivityAt)])
  }
  return JSON.stringify({ format: SHARED_FORMAT, renewedAt, pins: rows })
}

export function decodeLease(text: string, pid: number, now: number): LeaseFile {
  const file = fieldsOf(text)
  const rows = file.pins
  if (!Array.isArray(rows)) throw damaged('pins')
  const pins = new PinMap<QueryPin>()
  for (const row of rows as unknown[]) {
    if (!Array.isArray(row)) throw damaged('pins')
    const [queryId, strategy, engineIp, lastActivityAt] = row as unknown[]
    if (!isSharedText(queryId) || !isSharedText(engineIp)) throw damaged('pins')
    pins.set(queryId, {
      strategy: requiredStrategyAt({ strategy }, 'strategy'),
      engineIp,
      lastActivityAt: timeAt({ lastActivityAt }, 'lastActivityAt', now),
      pid,
    })
  }
  return { renewedAt: timeAt(file, 'renewedAt', now), pins }
}

export function isSharedText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_SHARED_TEXT
}

export type Fields = Readonly<Record<string, unknown>>

/** @throws StoreFault when it is not a JSON object */
export function parseFields(text: string): Fields {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (error) {
    throw new StoreFault('the shared state is damaged: it is not JSON', 'damaged', error)
  }
  return objectAt({ file }, 'file')
}

function fieldsOf(text: string): Fields {
  const fields = parseFields(text)
  const format = countAt(fields, 'format')
  if (format === SHARED_FORMAT) return fields
  throw new StoreFault(
    `the shared store has format ${format}, but this version supports only ${SHARED_FORMAT}`,
    'foreign',
  )
}

function damaged(field: string): StoreFault {
  return new StoreFault(`a file of the shared store is damaged: '${field}' is invalid`, 'damaged')
}

function objectAt(fields: Fields, name: string): Fields {
  const value = fields[name]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(name)
  return value as Fields
}

function optional<T>(fields: Fields, name: string, read: (value: Fields) => T): T | undefined {
  return fields[name] === undefined ? undefined : read(objectAt(fields, name))
}

function strategyAt(fields: Fields, name: string): Strategy | undefined {
  return fields[name] === undefined ? undefined : requiredStrategyAt(fields, name)
}

function requiredStrategyAt(fields: Fields, name: string): Strategy {
  const value = fields[name]
  if (value !== 'blue' && value !== 'green') throw damaged(name)
  return value
}

function booleanAt(fields: Fields, name: string): boolean {
  const value = fields[name]
  if (typeof value !== 'boolean') throw damaged(name)
  return value
}

function countAt(fields: Fields, name: string): number {
  const value = fields[name]
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw damaged(name)
  return value as number
}

function amountAt(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw damaged(name)
  return value
}

/** A time in the future comes from the clock of another boot, and would count as fresh for an unknown time. */
function timeAt(fields: Fields, name: string, now: number): number {
  const at = amountAt(fields, name)
  if (at > now + CLOCK_SLACK_MS) throw damaged(name)
  return at
}

function budgetAt(state: Fields, now: number): SwitchBudget {
  const budget = objectAt(state, 'budget')
  return {
    tokens: amountAt(budget, 'tokens'),
    at: timeAt(budget, 'at', now),
    refillMs: amountAt(budget, 'refillMs'),
    lastSwitchAt: optionalTimeAt(budget, 'lastSwitchAt', now),
  }
}

function askerAt(asker: Fields, now: number): Asker {
  const { id, purpose } = asker
  if (!isSharedText(id)) throw damaged('id')
  if (purpose !== 'hold' && purpose !== 'readiness') throw damaged('purpose')
  return { id, at: timeAt(asker, 'at', now), pauseMs: amountAt(asker, 'pauseMs'), purpose }
}

function optionalTimeAt(fields: Fields, name: string, now: number): number | undefined {
  return fields[name] === undefined ? undefined : timeAt(fields, name, now)
}

function timesAt(fields: Fields, name: string, now: number): number[] {
  const times = fields[name]
  if (!Array.isArray(times) || times.length > MOST_TIMES) throw damaged(name)
  return times.map((_, index) => timeAt(times as unknown as Fields, String(index), now))
}
