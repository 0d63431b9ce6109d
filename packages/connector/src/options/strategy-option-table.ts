import { DEFAULT_STRATEGY_LIMITS } from '../strategy/strategy-state.ts'
import type { StrategyStore, StrategyStoreFactory } from '../strategy/strategy-store.ts'
import {
  absolutePath,
  either,
  functionOf,
  implementation,
  milliseconds,
  oneOf,
  text,
  wholeNumber,
} from './option-kinds.ts'
import type { OptionTable } from './option-spec.ts'

/** The part of `OPTION_TABLE` that configures the rules of docs/zero-downtime.md. */
export const STRATEGY_OPTION_TABLE = {
  strategyStore: {
    kind: either(
      oneOf('shared', 'process'),
      either(
        implementation<StrategyStore>('read', 'update', 'refresh', 'onChange', 'close'),
        functionOf<StrategyStoreFactory>('a function that opens one'),
      ),
    ),
    about: 'Store for the state of the deployments: shared by the host, private to the process, or a custom store.',
    default: 'shared',
    env: { name: 'E6DATA_STRATEGY_STORE' },
    url: { parameter: 'strategy-store' },
  },
  strategyStoreDirectory: {
    kind: absolutePath,
    about: 'Existing folder for the shared store.',
    defaultNote: '`/dev/shm` if usable, otherwise the temporary folder',
    env: { name: 'E6DATA_STRATEGY_STORE_DIRECTORY' },
    url: { parameter: 'strategy-store-directory' },
  },
  strategyCacheTimeoutMs: {
    kind: milliseconds(1),
    about: 'Time a strategy is trusted without an answer that confirms it.',
    default: DEFAULT_STRATEGY_LIMITS.strategyCacheTimeoutMs,
    env: { name: 'E6DATA_STRATEGY_CACHE_TIMEOUT', unit: 'seconds' },
    url: { parameter: 'strategy-cache-timeout-ms' },
  },
  strategyDetectionTimeoutMs: {
    kind: milliseconds(1),
    about: 'Time calls are held while neither strategy accepts work.',
    default: 30_000,
    env: { name: 'E6DATA_STRATEGY_DETECTION_TIMEOUT', unit: 'seconds' },
    url: { parameter: 'strategy-detection-timeout-ms' },
  },
  strategyProbeTimeoutMs: {
    kind: milliseconds(1),
    isAdvanced: true,
    about: 'Time limit for the login and probe statement of a readiness check together.',
    default: 5000,
    url: { parameter: 'strategy-probe-timeout-ms' },
  },
  suspectAfterMs: {
    kind: milliseconds(1),
    about: 'Time new work may go unanswered before the active strategy is suspected.',
    default: 5000,
    url: { parameter: 'suspect-after-ms' },
  },
  probeStatement: {
    kind: text,
    about: 'Statement that proves that a strategy is ready; it must be read-only and return few rows.',
    default: 'SELECT 1',
    url: { parameter: 'probe-statement' },
  },
  maxHeldCalls: {
    kind: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    isAdvanced: true,
    about: 'Maximum number of held calls, over all connections to the cluster.',
    default: 10_000,
    url: { parameter: 'max-held-calls' },
  },
  switchBurst: {
    kind: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    isAdvanced: true,
    about: 'Number of announced switches allowed in quick succession.',
    default: DEFAULT_STRATEGY_LIMITS.switchBurst,
    url: { parameter: 'switch-burst' },
  },
  switchRefillMs: {
    kind: milliseconds(1),
    isAdvanced: true,
    about: 'Time until another announced switch is allowed; doubles with each switch within 5 minutes of the last.',
    default: DEFAULT_STRATEGY_LIMITS.switchRefillMs,
    url: { parameter: 'switch-refill-ms' },
  },
  queryIdleTimeoutMs: {
    kind: milliseconds(1),
    about: 'Time a query may be inactive before its pinned strategy is dropped.',
    default: 3_600_000,
    url: { parameter: 'query-idle-timeout-ms' },
  },
} satisfies Partial<OptionTable>
