import { DEFAULT_POOL_OPTIONS, type PoolOptions } from '../pool/pool-options.ts'
import { milliseconds, number, wholeNumber } from './option-kinds.ts'
import type { OptionSpec } from './option-spec.ts'

export type PoolOptionName = keyof PoolOptions

type PoolOptionTable = { readonly [Name in PoolOptionName]-?: Omit<OptionSpec<number>, 'url'> }

/** The pool's own options, in addition to those of its connections in `OPTION_TABLE`. */
export const POOL_OPTION_TABLE: PoolOptionTable = {
  max: {
    kind: wholeNumber(1, 10_000),
    about: 'Maximum number of connections, including those being opened.',
    default: DEFAULT_POOL_OPTIONS.max,
    env: { name: 'E6DATA_POOL_MAX' },
  },
  min: {
    kind: wholeNumber(0, 10_000),
    about: 'Number of connections to open in advance and keep open while idle.',
    default: DEFAULT_POOL_OPTIONS.min,
    env: { name: 'E6DATA_POOL_MIN' },
  },
  acquireTimeoutMs: {
    kind: milliseconds(1),
    about: 'Time a caller waits for a free connection.',
    default: DEFAULT_POOL_OPTIONS.acquireTimeoutMs,
    env: { name: 'E6DATA_POOL_ACQUIRE_TIMEOUT_MS' },
  },
  idleTimeoutMs: {
    kind: milliseconds(1),
    about: 'Idle time after which a connection above `min` is closed.',
    default: DEFAULT_POOL_OPTIONS.idleTimeoutMs,
    env: { name: 'E6DATA_POOL_IDLE_TIMEOUT_MS' },
  },
  maxLifetimeMs: {
    kind: milliseconds(1),
    about: 'Age at which a connection is replaced.',
    default: DEFAULT_POOL_OPTIONS.maxLifetimeMs,
    env: { name: 'E6DATA_POOL_MAX_LIFETIME_MS' },
  },
  limitJitter: {
    kind: number(0, 1),
    isAdvanced: true,
    about: 'Largest random reduction of the two limits above, as a fraction, drawn for each connection.',
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
    about: 'Time limit for such a check.',
    default: DEFAULT_POOL_OPTIONS.checkTimeoutMs,
  },
  drainTimeoutMs: {
    kind: milliseconds(0),
    about: 'Time `close` waits for connections in use.',
    default: DEFAULT_POOL_OPTIONS.drainTimeoutMs,
    env: { name: 'E6DATA_POOL_DRAIN_TIMEOUT_MS' },
  },
}

export const POOL_OPTION_NAMES = Object.keys(POOL_OPTION_TABLE) as readonly PoolOptionName[]
