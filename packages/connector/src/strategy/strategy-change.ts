import type { CheckFinding } from '../observability/events.ts'
import type { Strategy } from '../types/strategy.ts'

/** The strategy and epoch under which a call was sent; its answer is judged by them. */
export interface Ticket {
  readonly strategy: Strategy
  readonly epoch: number
}

/** The answer to a call for new work. */
export interface AcceptedCall {
  /** The time when the call was sent, in monotonic milliseconds. */
  readonly sentAt: number
  /** The strategy that the answer announces, if it has that field. */
  readonly announced?: string | undefined
}

/** A refused call for new work: its ticket, and the time when it was sent, in monotonic milliseconds. */
export interface RefusedCall {
  readonly by: Ticket
  readonly sentAt: number
}

/** The result of a check of both strategies (rule 16). */
export interface CheckFindings {
  readonly active: CheckFinding
  readonly other: CheckFinding
  /** The time since the active strategy answered, in milliseconds: the other one answers later. @default 0 */
  readonly agoMs?: number
}

/** The purpose of asking the deployments: calls wait for the answer, or an announced strategy is being prepared. */
export type AskingPurpose = 'hold' | 'readiness'

/** The events that can change the state. */
export type StrategyEvent =
  /** The answer to a call had `new_strategy`. */
  | { readonly kind: 'announced'; readonly strategy: Strategy; readonly by: Ticket }
  /** The announced strategy accepted a login and completed the probe statement. */
  | { readonly kind: 'ready'; readonly strategy: Strategy; readonly epoch: number }
  /** A query boundary: a query completed or was cancelled, a statement is about to be prepared, or a session opened. */
  | { readonly kind: 'boundary' }
  /** A call for new work was refused, because its strategy does not serve it. */
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
  /** Detection, started under `epoch`, found a strategy that accepts work. */
  | { readonly kind: 'detected'; readonly strategy: Strategy; readonly epoch: number }
  /** While calls were held, a strategy accepted the asker. */
  | { readonly kind: 'accepting'; readonly strategy: Strategy; readonly epoch: number }
  /** Both strategies were asked on new connections, because the active one of `of` is suspected. */
  | ({ readonly kind: 'checked'; readonly of: Ticket } & CheckFindings)
  /** A manager is about to ask the deployments, or is still waiting for their answers. */
  | { readonly kind: 'asks'; readonly asker: string; readonly pauseMs: number; readonly purpose: AskingPurpose }
  | { readonly kind: 'stops-asking'; readonly asker: string }
  /** An answer to a call sent at `sentAt` confirmed the active strategy. */
  | { readonly kind: 'confirmed'; readonly by: Ticket; readonly sentAt: number }
  /** Commands of a program that controls the manager itself. */
  | { readonly kind: 'set-active'; readonly strategy: Strategy }
  | { readonly kind: 'set-pending'; readonly strategy: Strategy }
  | { readonly kind: 'apply-pending' }
  | { readonly kind: 'clear' }
