import { GRPC_STATUS, type GrpcStatus } from '../transport/grpc-status.ts'
import type { Fault, FaultKind, FaultSource } from '../transport/status-rules.ts'

/**
 * What kind of call it is, as far as that decides what may follow a failure.
 * - `login`: for new work. Whatever it fails with, the strategy does not accept work (rule 15).
 * - `new-work`: a prepare, a question about the catalog. It does nothing, and any strategy may serve it.
 * - `new-work-once`: a call for new work that may do something.
 * - `question`: about a running query, and harmless when asked twice: metadata, status, plans.
 * - `once`: execute and fetch. A repeated execute may write twice, a repeated fetch loses rows in silence (rule 7).
 * - `release`: clear and cancel. The query that sends them repeats them until one succeeds (rule 12).
 */
export type CallKind = 'login' | 'new-work' | 'new-work-once' | 'question' | 'once' | 'release'

/** What follows when a call has failed. */
export type RecoveryAction =
  /** Send it once more, a few times. */
  | 'repeat'
  /** Send it to the strategy that accepts it (rule 4). */
  | 'find-strategy'
  /** Send it to the same strategy and engine again, for a while: proxies may disagree (rule 17). */
  | 'repeat-on-pin'
  /** The session is kept for what statements have set in it: send it there again, for a while; then that is lost (rule 24). */
  | 'repeat-on-session'
  /** Log in again on the same strategy, and repeat it once (rule 8). */
  | 'renew-session'
  /** Resume the cluster, once for all callers, and repeat it. */
  | 'resume-cluster'
  /** It is load: repeat it after a growing pause (rule 15). */
  | 'wait'
  /** Repeat it once; when it fails again, find out whether the strategy fails (rule 16). */
  | 'suspect'
  /** Nothing more can be done for this call. The statement may still be run again, by `RERUN_RULES`. */
  | 'give-up'

interface CallRule {
  readonly fault: FaultKind
  /** Who said so. @default any of them */
  readonly from?: FaultSource
  /** The status that the engine answered with. @default any */
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

/** What a single call may do next: the first rule that fits. A fault that no rule names ends the call, unless it is a login. */
export const CALL_RULES: readonly CallRule[] = [
  //                                                              login, new work   question          execute, fetch   clear, cancel
  {
    fault: 'strategy-mismatch',
    from: 'proxy',
    actions: row('find-strategy', 'repeat-on-pin', 'repeat-on-pin', 'repeat-on-pin'),
  },
  // An engine that names a 456 proves nothing: it may have acted (rule 14).
  { fault: 'strategy-mismatch', actions: row('find-strategy', 'repeat-on-pin', 'give-up', 'repeat-on-pin') },
  { fault: 'session-unknown', actions: row('renew-session', 'renew-session', 'give-up', 'renew-session') },
  { fault: 'cluster-suspended', actions: row('resume-cluster', 'resume-cluster', 'give-up', 'give-up') },
  { fault: 'rate-limited', actions: row('wait', 'wait', 'give-up', 'give-up') },
  // A proxy that refuses credentials may be one of several.
  { fault: 'credentials-refused', from: 'proxy', actions: row('suspect', 'repeat', 'give-up', 'give-up') },
  // The engine knows: another try helps nobody, and many lock the user out.
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
 * Where a call for new work went: to the strategy in use, to the other one because the one in use refused it, or to the only
 * session that may serve it.
 */
export type Destination = 'active' | 'other' | 'kept-session'

/** The actions that another one replaces, by where the call went. */
const REPLACED_ACTIONS: Readonly<Record<Destination, { readonly [Action in RecoveryAction]?: RecoveryAction }>> = {
  active: {},
  // Whatever the other strategy says, it does not take the call: the one in use is asked again (rules 15 and 18).
  other: {
    repeat: 'find-strategy',
    'resume-cluster': 'find-strategy',
    wait: 'find-strategy',
    suspect: 'find-strategy',
  },
  // No other strategy and no other session knows what was set in this one (rule 24).
  'kept-session': { 'find-strategy': 'repeat-on-session', 'renew-session': 'repeat', suspect: 'repeat' },
}

/** What follows when a call of a kind has failed with a fault. */
export function nextAction(fault: Fault, kind: CallKind, destination: Destination): RecoveryAction {
  const action = ruledAction(fault, kind)
  return REPLACED_ACTIONS[destination][action] ?? action
}

function ruledAction(fault: Fault, kind: CallKind): RecoveryAction {
  // What may do something is sent again only when nothing can have been done.
  const isSafe = fault.outcome === 'not-sent' || fault.kind === 'session-unknown'
  if (kind === 'new-work-once' && !isSafe) return 'give-up'
  const rule = CALL_RULES.find((it) => isAbout(it, fault))
  if (!rule) return kind === 'login' ? 'suspect' : 'give-up'
  return rule.actions[kind === 'login' || kind === 'new-work-once' ? 'new-work' : kind]
}

/** How far a query had got when it was cut off. */
export type Stage = 'execute' | 'metadata' | 'fetch'

interface RerunRule {
  readonly fault: FaultKind
  readonly from?: FaultSource
  readonly codes?: readonly GrpcStatus[]
  readonly at?: Stage
  /** Which statements: `unread` are reading ones of which no row was handed over to the program. */
  readonly who: 'any' | 'unread'
  readonly most: 'maxRetryAttempts' | 'once'
  /** `other`: where the strategy that refused it is not asked first. */
  readonly where: 'other' | 'same'
}

/** Which statements are prepared and run again when they were cut off (rules 6 and 19). What no rule names is not. */
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

/** What is known of a query that was cut off. */
export interface CutOff {
  readonly fault: Fault
  readonly stage: Stage
  /** Whether it reads only. */
  readonly reads: boolean
  /** Rows that the program has been given. */
  readonly rowsHandedOver: number
  /** How often it was run again already, by the limit that counted. */
  readonly reruns: { readonly [Most in RerunRule['most']]: number }
}

/** Which rule has a query run again; `undefined` when none does. */
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

/** A proxy that answers 4xx or 200 says something about the request, which no rerun changes. */
function isPage({ kind, httpStatus = 0 }: Fault): boolean {
  return kind === 'proxy-error' && httpStatus < 500
}

function isAbout(rule: Pick<CallRule, 'fault' | 'from' | 'codes'>, { kind, from, code }: Fault): boolean {
  if (rule.fault !== kind || (rule.from !== undefined && rule.from !== from)) return false
  return rule.codes === undefined || (code !== undefined && rule.codes.includes(code))
}
