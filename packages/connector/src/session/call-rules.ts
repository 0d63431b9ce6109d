import { GRPC_STATUS, type GrpcStatus } from '../transport/grpc-status.ts'
import type { Fault, FaultKind, FaultSource } from '../transport/status-rules.ts'

/**
 * The kind of a call, which decides the recovery after a failure.
 * - `login`: for new work. Whatever its error, the strategy does not accept work (rule 15).
 * - `new-work`: a prepare or a catalog call. It has no effect, and any strategy may serve it.
 * - `new-work-once`: a call for new work that may have an effect.
 * - `question`: a call about a running query that is harmless to repeat: metadata, status, plans.
 * - `once`: execute and fetch. A repeated execute may write twice, a repeated fetch silently loses rows (rule 7).
 * - `release`: clear and cancel. Their query repeats them until one succeeds (rule 12).
 */
export type CallKind = 'login' | 'new-work' | 'new-work-once' | 'question' | 'once' | 'release'

/** The action after a failed call. */
export type RecoveryAction =
  /** Send it again, a few times. */
  | 'repeat'
  /** Send it to the strategy that accepts it (rule 4). */
  | 'find-strategy'
  /** Send it to the same strategy and engine again, for a while: proxies may disagree (rule 17). */
  | 'repeat-on-pin'
  /** Send it again to the session whose state it needs, for a while; then that state is lost (rule 24). */
  | 'repeat-on-session'
  /** Log in again on the same strategy, and repeat it once (rule 8). */
  | 'renew-session'
  /** Resume the cluster, once for all callers, and repeat it. */
  | 'resume-cluster'
  /** Repeat it after a growing pause: the strategy is under load (rule 15). */
  | 'wait'
  /** Repeat it once; if it fails again, find out whether the strategy fails (rule 16). */
  | 'suspect'
  /** Fail this call. Its statement may still be run again, according to `RERUN_RULES`. */
  | 'give-up'

interface CallRule {
  readonly fault: FaultKind
  /** The source of the fault. @default any */
  readonly from?: FaultSource
  /** The status that the engine returned. @default any */
  readonly codes?: readonly GrpcStatus[]
  readonly actions: Readonly<Record<Exclude<CallKind, 'login' | 'new-work-once'>, RecoveryAction>>
}

const row = (
  newWork: RecoveryAction,
  question: RecoveryAction,
  once: RecoveryAction,
  release: RecoveryAction,
): CallRule['actions'] => ({ 'new-work': newWork, question, once, release })

const { UNAVAILABLE, UNKNOWN, INTERNAL } = GRPC_STATUS

/** The next action for a single call: the first rule that matches. Other faults end the call, unless it is a login. */
export const CALL_RULES: readonly CallRule[] = [
  // The actions in a row are for: login and new work; question; execute and fetch; clear and cancel.
  {
    fault: 'strategy-mismatch',
    from: 'proxy',
    actions: row('find-strategy', 'repeat-on-pin', 'repeat-on-pin', 'repeat-on-pin'),
  },
  // A 456 in an engine's message proves nothing: the engine may have acted (rule 14).
  { fault: 'strategy-mismatch', actions: row('find-strategy', 'repeat-on-pin', 'give-up', 'repeat-on-pin') },
  { fault: 'session-unknown', actions: row('renew-session', 'renew-session', 'give-up', 'renew-session') },
  { fault: 'cluster-suspended', actions: row('resume-cluster', 'resume-cluster', 'give-up', 'give-up') },
  { fault: 'rate-limited', actions: row('wait', 'wait', 'give-up', 'give-up') },
  // A proxy that refuses credentials may be one of several.
  { fault: 'credentials-refused', from: 'proxy', actions: row('suspect', 'repeat', 'give-up', 'give-up') },
  // The engine's refusal is final: another try does not help, and many lock the user out.
  { fault: 'credentials-refused', actions: row('give-up', 'give-up', 'give-up', 'give-up') },
  // Only these two and a bare 456 prove that no engine has seen the call (rule 14).
  { fault: 'not-connected', actions: row('suspect', 'repeat', 'repeat', 'give-up') },
  { fault: 'stream-refused', actions: row('suspect', 'repeat', 'repeat', 'give-up') },
  { fault: 'connection-lost', actions: row('suspect', 'repeat', 'give-up', 'give-up') },
  { fault: 'proxy-error', actions: row('suspect', 'repeat', 'give-up', 'give-up') },
  { fault: 'engine-error', codes: [UNAVAILABLE], actions: row('suspect', 'repeat', 'give-up', 'give-up') },
  { fault: 'engine-error', codes: [UNKNOWN, INTERNAL], actions: row('suspect', 'give-up', 'give-up', 'give-up') },
]

/**
 * The destination of a call for new work: the active strategy, the other one because the active one refused it, or the
 * only session that may serve it.
 */
export type Destination = 'active' | 'other' | 'kept-session'

/** The actions replaced by others, by destination. */
const REPLACED_ACTIONS: Readonly<Record<Destination, { readonly [Action in RecoveryAction]?: RecoveryAction }>> = {
  active: {},
  // Whatever the other strategy answers, it does not accept the call: the active one is asked again (rules 15 and 18).
  other: {
    repeat: 'find-strategy',
    'resume-cluster': 'find-strategy',
    wait: 'find-strategy',
    suspect: 'find-strategy',
  },
  // No other strategy or session has the state of this one (rule 24).
  'kept-session': { 'find-strategy': 'repeat-on-session', 'renew-session': 'repeat', suspect: 'repeat' },
}

/** Returns the action after a call of a kind has failed with a fault. */
export function nextAction(fault: Fault, kind: CallKind, destination: Destination): RecoveryAction {
  const action = ruledAction(fault, kind)
  return REPLACED_ACTIONS[destination][action] ?? action
}

function ruledAction(fault: Fault, kind: CallKind): RecoveryAction {
  // A call that may have an effect is repeated only if it cannot have had one.
  const isSafe = fault.outcome === 'not-sent' || fault.kind === 'session-unknown'
  if (kind === 'new-work-once' && !isSafe) return 'give-up'
  const rule = CALL_RULES.find((it) => isAbout(it, fault))
  if (!rule) return kind === 'login' ? 'suspect' : 'give-up'
  return rule.actions[kind === 'login' || kind === 'new-work-once' ? 'new-work' : kind]
}

/** The stage at which a query was cut off. */
export type Stage = 'execute' | 'metadata' | 'fetch'

interface RerunRule {
  readonly fault: FaultKind
  readonly from?: FaultSource
  readonly codes?: readonly GrpcStatus[]
  readonly at?: Stage
  /** The statements the rule is for: `unread` are reads without a row handed over to the program. */
  readonly who: 'any' | 'unread'
  readonly most: 'maxRetryAttempts' | 'once'
  /** `other`: on the strategy that did not refuse it, if there is one. */
  readonly where: 'other' | 'same'
}

/** The statements that are prepared and run again after they were cut off (rules 6 and 19). Others are not. */
export const RERUN_RULES: readonly RerunRule[] = [
  // A bare 456 at execute proves that nothing ran.
  { fault: 'strategy-mismatch', from: 'proxy', at: 'execute', who: 'any', most: 'maxRetryAttempts', where: 'other' },
  { fault: 'strategy-mismatch', who: 'unread', most: 'maxRetryAttempts', where: 'other' },
  { fault: 'session-unknown', who: 'unread', most: 'once', where: 'same' },
  { fault: 'not-connected', who: 'unread', most: 'once', where: 'same' },
  { fault: 'stream-refused', who: 'unread', most: 'once', where: 'same' },
  { fault: 'connection-lost', who: 'unread', most: 'once', where: 'same' },
  { fault: 'cluster-suspended', who: 'unread', most: 'once', where: 'same' },
  { fault: 'proxy-error', who: 'unread', most: 'once', where: 'same' },
  { fault: 'engine-error', codes: [UNAVAILABLE], who: 'unread', most: 'once', where: 'same' },
]

/** The facts about a query that was cut off. */
export interface CutOff {
  readonly fault: Fault
  readonly stage: Stage
  /** Whether it only reads. */
  readonly reads: boolean
  /** The number of rows that the program has received. */
  readonly rowsHandedOver: number
  /** The number of earlier reruns, by the limit they counted toward. */
  readonly reruns: { readonly [Most in RerunRule['most']]: number }
}

/** Returns the rule that allows a rerun; `undefined` when none does. */
export function rerunRule(
  { fault, stage, reads, rowsHandedOver, reruns }: CutOff,
  options: { readonly restartUnreadQueries: boolean; readonly maxRetryAttempts: number },
): RerunRule | undefined {
  const rule = RERUN_RULES.find((it) => isAbout(it, fault) && (it.at === undefined || it.at === stage))
  if (rule === undefined || isPage(fault)) return undefined
  const mayRead = rule.who === 'any' || (reads && rowsHandedOver === 0 && options.restartUnreadQueries)
  const most = rule.most === 'once' ? Math.min(options.maxRetryAttempts - 1, 1) : options.maxRetryAttempts - 1
  return mayRead && reruns[rule.most] < most ? rule : undefined
}

/** A proxy's answer with 4xx or 200 is about the request, which no rerun changes. */
function isPage({ kind, httpStatus = 0 }: Fault): boolean {
  return kind === 'proxy-error' && httpStatus < 500
}

function isAbout(rule: Pick<CallRule, 'fault' | 'from' | 'codes'>, { kind, from, code }: Fault): boolean {
  if (rule.fault !== kind || (rule.from !== undefined && rule.from !== from)) return false
  return rule.codes === undefined || (code !== undefined && rule.codes.includes(code))
}
