import { ANNOUNCEMENT_SCENARIOS } from './announcements.ts'
import { DEAD_CONNECTION_SCENARIOS } from './dead-connections.ts'
import { DETECTION_SCENARIOS } from './detection.ts'
import { FLEET_SCENARIOS } from './fleet.ts'
import { HOLDING_SCENARIOS } from './holding.ts'
import { MISMATCH_SCENARIOS } from './mismatch.ts'
import { OUTCOME_SCENARIOS } from './outcomes.ts'
import { PIN_SCENARIOS } from './pins.ts'
import { PROCESS_SCENARIOS } from './processes.ts'
import { READINESS_SCENARIOS } from './readiness.ts'
import { REAL_PROXY_SCENARIOS } from './real-proxies.ts'
import { ROLLING_PROXY_SCENARIOS } from './rolling-proxies.ts'
import type { Scenario } from './scenario.ts'
import { SESSION_SCENARIOS } from './sessions.ts'
import { SUSPICION_SCENARIOS } from './suspicion.ts'
import { TIME_LIMIT_SCENARIOS } from './time-limits.ts'
import { WHOLE_RESULT_SCENARIOS } from './whole-results.ts'

/** The situations of docs/zero-downtime.md, by number. */
export const SCENARIOS: readonly Scenario[] = [
  ...MISMATCH_SCENARIOS,
  ...HOLDING_SCENARIOS,
  ...ANNOUNCEMENT_SCENARIOS,
  ...PIN_SCENARIOS,
  ...PROCESS_SCENARIOS,
  ...OUTCOME_SCENARIOS,
  ...DETECTION_SCENARIOS,
  ...SUSPICION_SCENARIOS,
  ...ROLLING_PROXY_SCENARIOS,
  ...READINESS_SCENARIOS,
  ...TIME_LIMIT_SCENARIOS,
  ...WHOLE_RESULT_SCENARIOS,
  ...DEAD_CONNECTION_SCENARIOS,
  ...SESSION_SCENARIOS,
  ...REAL_PROXY_SCENARIOS,
  ...FLEET_SCENARIOS,
].sort((one, other) => one.id - other.id)
