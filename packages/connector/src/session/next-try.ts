import { GRPC_STATUS } from '../transport/grpc-status.ts'
import type { Fault } from '../transport/status-rules.ts'
import type { Trouble } from './engine-call.ts'
import type { RecoveryOptions } from './recovery-options.ts'
import type { Session } from './session.ts'

/**
 * What decides on one more try of a call, apart from what kind of fault it met, which `CALL_RULES` say. Pure.
 */

/** Whether a call may be tried once more. */
export function hasTries(
  { failures }: Pick<Trouble, 'failures'>,
  { maxRetryAttempts }: Pick<Required<RecoveryOptions>, 'maxRetryAttempts'>,
): boolean {
  return failures < maxRetryAttempts
}

/** Whether the session that was denied at `sentAt` had been renewed for this very call: it is the call's own error (rule 8). */
export function isDeniedAnew(
  { renewedAt }: Pick<Trouble, 'renewedAt'>,
  { openedAt }: Pick<Session, 'openedAt'>,
  sentAt: number,
): boolean {
  return renewedAt !== undefined && openedAt >= renewedAt && openedAt <= sentAt
}

/** Whether a fault may be the statement's own, once a check has found that its strategy works. No statement is to blame for a login. */
export function mayBeOwnError({ from, code }: Fault, { isLogin }: { readonly isLogin: boolean }): boolean {
  return !isLogin && from === 'engine' && code !== GRPC_STATUS.UNAVAILABLE
}

/**
 * What follows for a call that failed twice when a check has not moved new work. `active` is what the check found of the strategy;
 * `undefined` when the call has been through one already.
 */
export function afterCheck(
  { from }: Fault,
  { isLogin, active }: { readonly isLogin: boolean; readonly active: 'works' | 'refuses' | 'fails' | undefined },
): 'find-strategy' | 'repeat' | 'give-up' {
  // A strategy that takes no login, or refuses, takes no work: its callers are held as those of a detection (rules 5 and 15).
  if (isLogin || active === 'refuses') return 'find-strategy'
  // Where the strategy in use works, what an engine answers twice is the statement's own error (rule 16).
  return from === 'engine' ? 'give-up' : 'repeat'
}
