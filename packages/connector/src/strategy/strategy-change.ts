import type { CheckFinding } from '../observability/events.ts'
import type { Strategy } from '../types/strategy.ts'

/** The strategy and the epoch a call was sent under; its answer is judged by them. */
export interface Ticket {
  readonly strategy: Strategy
  readonly epoch: number
}

/** An answer to a call for new work. */
export interface AcceptedCall {
  /** When the call was sent, in monotonic milliseconds. */
  readonly sentAt: number
  /** The strategy that the answer announces, if the field was there. */
  readonly announced?: string | undefined
}

/** A call for new work that was refused: under which ticket it was sent, and when, in monotonic milliseconds. */
export interface RefusedCall {
  readonly by: Ticket
  readonly sentAt: number
}

/** What a check found, when both strategies were asked (rule 16). */
export interface CheckFindings {
  readonly active: CheckFinding
  readonly other: CheckFinding
  /** How long ago the active strategy answered, in milliseconds: the other one is asked after that, and may be slow. @default 0 */
  readonly agoMs?: number
}

/** Why the deployments are asked: calls wait for the answer, or an announced strategy is to be made ready. */
export type AskingPurpose = 'hold' | 'readiness'

/** Everything that can happen to the state. */
export type StrategyEvent =
  /** An answer to a call carried `new_strategy`. */
  | { readonly kind: 'announced'; readonly strategy: Strategy; readonly by: Ticket }
  /** The announced strategy accepted a login and ran the probe statement to its end. */
  | { readonly kind: 'ready'; readonly strategy: Strategy; readonly epoch: number }
  /** A query boundary: a query completed or was cancelled, a statement is about to be prepared, a session opened. */
  | { readonly kind: 'boundary' }
  /** A call for new work was told that its strategy does not serve it. */
  | { readonly kind: 'refused'; readonly by: Ticket }
  /** A call for new work that the active strategy had refused was accepted by the other one. */
  | {
      readonly kind: 'served-elsewhere'
      readonly strategy: Strategy
      readonly refused: Ticket
      readonly refusedSentAt: number
    }
  /** A statement was refused after its prepare, and served by the other strategy. */
  | { readonly kind: 'strayed'; readonly refused: Ticket }
  /** A statement was served after its prepare by the strategy that prepared it. */
  | { readonly kind: 'kept'; readonly by: Ticket }
  /** Detection, begun under `epoch`, found a strategy that accepts. */
  | { readonly kind: 'detected'; readonly strategy: Strategy; readonly epoch: number }
  /** While calls were held, a strategy accepted who asked for all. */
  | { readonly kind: 'accepting'; readonly strategy: Strategy; readonly epoch: number }
  /** Both strategies were asked on new connections, because the active one of `of` is suspected. */
  | ({ readonly kind: 'checked'; readonly of: Ticket } & CheckFindings)
  /** A manager is about to ask the deployments, or waits for their answers still. */
  | { readonly kind: 'asks'; readonly asker: string; readonly pauseMs: number; readonly purpose: AskingPurpose }
  | { readonly kind: 'stops-asking'; readonly asker: string }
  /** An answer to a call that was sent at `sentAt` confirmed the active strategy. */
  | { readonly kind: 'confirmed'; readonly by: Ticket; readonly sentAt: number }
  /** Commands of a program that drives the manager itself. */
  | { readonly kind: 'set-active'; readonly strategy: Strategy }
  | { readonly kind: 'set-pending'; readonly strategy: Strategy }
  | { readonly kind: 'apply-pending' }
  | { readonly kind: 'clear' }
