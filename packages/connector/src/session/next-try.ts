import { GRPC_STATUS } from '../transport/grpc-status.ts'
import type { Fault } from '../transport/status-rules.ts'
import type { Trouble } from './engine-call.ts'
import type { RecoveryOptions } from './recovery-options.ts'
import type { Session } from './session.ts'

/** Pure decisions about the next try of a call that do not depend on the kind of its fault; `CALL_RULES` covers that. */

/** Returns whether a call has tries left. */
export function hasTries(
  { failures }: Pick<Trouble, 'failures'>,
  { maxRetryAttempts }: Pick<Required<RecoveryOptions>, 'maxRetryAttempts'>,
): boolean {
  return failures < maxRetryAttempts
}

/**
 * Returns whether the session that was denied to the try sent at `sentAt` had been renewed for this call. If so, the
 * denial is the call's own error (rule 8).
 */
export function isDeniedAnew(
  { renewedAt }: Pick<Trouble, 'renewedAt'>,
  { openedAt }: Pick<Session, 'openedAt'>,
  sentAt: number,
): boolean {
  return renewedAt !== undefined && openedAt >= renewedAt && openedAt <= sentAt
}

/** Returns whether a fault can be the statement's own error if its strategy works. A failed login never is. */
export function mayBeOwnError({ from, code }: Fault, { isLogin }: { readonly isLogin: boolean }): boolean {
  return !isLogin && from === 'engine' && code !== GRPC_STATUS.UNAVAILABLE
}

/**
 * Returns the action for a call that failed twice, after a check that did not move new work. `active` is the finding of
 * the check about the strategy; `undefined` if the call was checked before.
 */
export function afterCheck(
  { from }: Fault,
  { isLogin, active }: { readonly isLogin: boolean; readonly active: 'works' | 'refuses' | 'fails' | undefined },
): 'find-strategy' | 'repeat' | 'give-up' {
  // A strategy that accepts no login accepts no work, so its callers are held as in a detection (rules 5 and 15).
  if (isLogin || active === 'refuses') return 'find-strategy'
  // If the active strategy works, an error that its engine returns twice is the statement's own (rule 16).
  return from === 'engine' ? 'give-up' : 'repeat'
}
