import { DEFAULT_STRATEGY_LIMITS } from '../strategy/strategy-state.ts'
import { absolutePath, either, implementation, milliseconds, oneOf, text, wholeNumber } from './option-kinds.ts'
import type { OptionTable } from './option-spec.ts'

/** The part of `OPTION_TABLE` that tunes the rules of docs/zero-downtime.md. */
export const STRATEGY_OPTION_TABLE = {
  strategyStore: {
    kind: either(oneOf('shared', 'process'), implementation('read', 'update', 'refresh', 'onChange', 'close')),
    about: 'Where what is known of the deployments is kept: by the host, by the process, or in a store of your own.',
    default: 'shared',
    env: { name: 'E6DATA_STRATEGY_STORE' },
    url: { parameter: 'strategy-store' },
  },
  strategyStoreDirectory: {
    kind: absolutePath,
    about: 'The existing folder in which the processes of the host share it.',
    defaultNote: '`/dev/shm` where that can be used, else the temporary folder',
    env: { name: 'E6DATA_STRATEGY_STORE_DIRECTORY' },
    url: { parameter: 'strategy-store-directory' },
  },
  strategyCacheTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long a strategy counts as known without an answer that confirms it.',
    default: DEFAULT_STRATEGY_LIMITS.strategyCacheTimeoutMs,
    env: { name: 'E6DATA_STRATEGY_CACHE_TIMEOUT', unit: 'seconds' },
    url: { parameter: 'strategy-cache-timeout-ms' },
  },
  strategyDetectionTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long callers are held while neither strategy accepts.',
    default: 30_000,
    env: { name: 'E6DATA_STRATEGY_DETECTION_TIMEOUT', unit: 'seconds' },
    url: { parameter: 'strategy-detection-timeout-ms' },
  },
  strategyProbeTimeoutMs: {
    kind: milliseconds(1),
    isAdvanced: true,
    about: 'How long the login and probe statement of a readiness check may take together.',
    default: 5000,
    url: { parameter: 'strategy-probe-timeout-ms' },
  },
  suspectAfterMs: {
    kind: milliseconds(1),
    about: 'How long calls for new work may go unanswered before the strategy in use is suspected.',
    default: 5000,
    url: { parameter: 'suspect-after-ms' },
  },
  probeStatement: {
    kind: text,
    about: 'The statement that proves that a strategy is ready: it must read, and return little.',
    default: 'SELECT 1',
    url: { parameter: 'probe-statement' },
  },
  maxHeldCalls: {
    kind: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    isAdvanced: true,
    about: 'How many calls may be held at once, over all connections to the cluster.',
    default: 10_000,
    url: { parameter: 'max-held-calls' },
  },
  switchBurst: {
    kind: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    isAdvanced: true,
    about: 'How many announced switches may follow each other at once.',
    default: DEFAULT_STRATEGY_LIMITS.switchBurst,
    url: { parameter: 'switch-burst' },
  },
  switchRefillMs: {
    kind: milliseconds(1),
    isAdvanced: true,
    about:
      'How long until one more announced switch is allowed; doubles with each that follows another within 5 minutes.',
    default: DEFAULT_STRATEGY_LIMITS.switchRefillMs,
    url: { parameter: 'switch-refill-ms' },
  },
  queryIdleTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long a query may go without any activity before its strategy is forgotten.',
    default: 3_600_000,
    url: { parameter: 'query-idle-timeout-ms' },
  },
} satisfies Partial<OptionTable>
