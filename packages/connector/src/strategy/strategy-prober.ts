import type { Deadline } from '../time/deadline.ts'
import type { Strategy } from '../types/strategy.ts'

/** What asking one strategy for a session, or for a session and the probe statement, came to. */
export type ProbeAnswer =
  /** It accepted, and announced a strategy, if any. */
  | { readonly kind: 'accepted'; readonly announced?: string | undefined }
  /** HTTP 456: it does not serve new work. */
  | { readonly kind: 'mismatch' }
  /** A bare HTTP 503: the cluster is suspended. The error says so to the caller, which may resume it. */
  | { readonly kind: 'suspended'; readonly error: unknown }
  /** HTTP 429 or RESOURCE_EXHAUSTED: it is there, and waiting helps. */
  | { readonly kind: 'overloaded'; readonly error: unknown }
  /** Any other refusal, a broken connection included. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** No answer in time. */
  | { readonly kind: 'silent'; readonly error: unknown }
  /** It does not accept the credentials. The other strategy may. */
  | { readonly kind: 'unable'; readonly error: unknown }

/** How a strategy is asked. */
export interface ProbeOptions {
  /** Over a new connection, apart from the one that may be what fails. @default the connection of the program */
  readonly connection?: 'new'
}

/** Asks a strategy on behalf of the strategy logic, which knows no transport. One a connection. */
export interface StrategyProber {
  /** Asks for a session. A login that is under way is joined, unless it has taken longer than `joinWithinMs`. */
  probe(strategy: Strategy, deadline: Deadline, joinWithinMs?: number): Promise<ProbeAnswer>
  /** Asks for a session and runs the probe statement to its end (rule 18). */
  prove(strategy: Strategy, deadline: Deadline, options?: ProbeOptions): Promise<ProbeAnswer>
  /** Whether its connection is closed: another prober has to take over. */
  readonly closed: boolean
}
