import { userHashOf } from '../../src/options/credentials.ts'
import { outcomeOf as callOutcomeOf, destinationOf, loginKind } from '../../src/session/call-recovery.ts'
import { nextAction, rerunRule } from '../../src/session/call-rules.ts'
import { afterCheck, hasTries, isDeniedAnew, mayBeOwnError } from '../../src/session/next-try.ts'
import { refusalStep } from '../../src/session/pin-refusal.ts'
import { routeOf } from '../../src/session/recovery.ts'
import { ANSWERS } from '../../src/session/session-prober.ts'
import { outcomeOf, withOutcome } from '../../src/statement/query-start.ts'
import { resultOf } from '../../src/strategy/probe-round.ts'
import { nextStep } from '../../src/strategy/refused-round.ts'
import { encodeVersion } from '../../src/strategy/shared-format.ts'
import { rejoin } from '../../src/strategy/shared-reconcile.ts'
import {
  type PublishFile,
  type Version,
  VersionChain,
  type VersionChange,
  type VersionFolder,
} from '../../src/strategy/shared-versions.ts'
import {
  isMisled,
  isUnreachableForLong,
  knownElsewhere,
  unreachableSince,
  useFound,
} from '../../src/strategy/strategy-detection.ts'
import { type StrategyState, step } from '../../src/strategy/strategy-state.ts'
import { findingsOf, isClearedBy, knownVerdict, verdictOf } from '../../src/strategy/strategy-suspicion.ts'
import type { Clock } from '../../src/time/clock.ts'
import { readFault } from '../../src/transport/status-rules.ts'

/** Publishes a change of a shared state, as the shared store does. */
function updateShared(
  folder: VersionFolder & { readonly publish: PublishFile },
  known: Version,
  change: (state: StrategyState) => StrategyState,
  clock: Clock,
): VersionChange {
  return new VersionChain(folder, folder.publish, clock).update(known, change)
}

/** Every decision that the search leaves to the connector: its own functions, unless a defect is put in the place of one. */
export const RULES = {
  step,
  readFault,
  nextAction,
  destinationOf,
  loginKind,
  callOutcomeOf,
  hasTries,
  isDeniedAnew,
  afterCheck,
  mayBeOwnError,
  refusalStep,
  routeOf,
  rerunRule,
  outcomeOf,
  withOutcome,
  probeAnswerOf: (kind: keyof typeof ANSWERS) => ANSWERS[kind],
  resultOf,
  nextStep,
  knownElsewhere,
  useFound,
  isMisled,
  isUnreachableForLong,
  unreachableSince,
  findingsOf,
  verdictOf,
  knownVerdict,
  isClearedBy,
  updateShared,
  encodeVersion,
  rejoin,
  userHashOf,
} as const

export type Rules = typeof RULES
