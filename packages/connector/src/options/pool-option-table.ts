import { DEFAULT_POOL_OPTIONS, type PoolOptions } from '../pool/pool-options.ts'
import { milliseconds, number, wholeNumber } from './option-kinds.ts'
import type { OptionSpec } from './option-spec.ts'

export type PoolOptionName = keyof PoolOptions

type PoolOptionTable = { readonly [Name in PoolOptionName]-?: Omit<OptionSpec<number>, 'url'> }

/** What a pool takes beside the options of its connections, as `OPTION_TABLE` says it of those. */
export const POOL_OPTION_TABLE: PoolOptionTable = {
  max: {
    kind: wholeNumber(1, 10_000),
    about: 'Most connections at once, those being opened included.',
    default: DEFAULT_POOL_OPTIONS.max,
    env: { name: 'E6DATA_POOL_MAX' },
  },
  min: {
    kind: wholeNumber(0, 10_000),
    about: 'Connections that are kept open, and opened ahead, even when nobody uses them.',
    default: DEFAULT_POOL_OPTIONS.min,
    env: { name: 'E6DATA_POOL_MIN' },
  },
  acquireTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long a caller waits for a connection.',
    default: DEFAULT_POOL_OPTIONS.acquireTimeoutMs,
    env: { name: 'E6DATA_POOL_ACQUIRE_TIMEOUT_MS' },
  },
  idleTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long a connection above `min` stays open unused.',
    default: DEFAULT_POOL_OPTIONS.idleTimeoutMs,
    env: { name: 'E6DATA_POOL_IDLE_TIMEOUT_MS' },
  },
  maxLifetimeMs: {
    kind: milliseconds(1),
    about: 'How long a connection is used before another takes its place.',
    default: DEFAULT_POOL_OPTIONS.maxLifetimeMs,
    env: { name: 'E6DATA_POOL_MAX_LIFETIME_MS' },
  },
  limitJitter: {
    kind: number(0, 1),
    isAdvanced: true,
    about: 'By which share of themselves the two limits above are shortened at most, drawn for each connection.',
    default: DEFAULT_POOL_OPTIONS.limitJitter,
  },
  checkAfterIdleMs: {
    kind: milliseconds(0),
    about: 'Idle time after which a connection is checked before it is handed out.',
    default: DEFAULT_POOL_OPTIONS.checkAfterIdleMs,
    env: { name: 'E6DATA_POOL_CHECK_AFTER_IDLE_MS' },
  },
  checkTimeoutMs: {
    kind: milliseconds(1),
    isAdvanced: true,
    about: 'How long such a check may take.',
    default: DEFAULT_POOL_OPTIONS.checkTimeoutMs,
  },
  drainTimeoutMs: {
    kind: milliseconds(0),
    about: '`close` waits this long for connections that are in use.',
    default: DEFAULT_POOL_OPTIONS.drainTimeoutMs,
    env: { name: 'E6DATA_POOL_DRAIN_TIMEOUT_MS' },
  },
}

export const POOL_OPTION_NAMES = Object.keys(POOL_OPTION_TABLE) as readonly PoolOptionName[]
