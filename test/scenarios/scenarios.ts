import { ANNOUNCEMENT_SCENARIOS } from './announcements.ts'
import { HOLDING_SCENARIOS } from './holding.ts'
import { MISMATCH_SCENARIOS } from './mismatch.ts'
import { PIN_SCENARIOS } from './pins.ts'
import { PROCESS_SCENARIOS } from './processes.ts'
import type { Scenario } from './scenario.ts'

/** All situations of docs/zero-downtime.md, by number. */
export const SCENARIOS: readonly Scenario[] = [
  ...MISMATCH_SCENARIOS,
  ...HOLDING_SCENARIOS,
  ...ANNOUNCEMENT_SCENARIOS,
  ...PIN_SCENARIOS,
  ...PROCESS_SCENARIOS,
].sort((one, other) => one.id - other.id)
