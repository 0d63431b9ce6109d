import type { Deadline } from '../time/deadline.ts'
import type { Strategy } from '../types/strategy.ts'

/** The result of asking one strategy for a session, or for a session and the probe statement. */
export type ProbeAnswer =
  /** It accepted, and may have announced a strategy. */
  | { readonly kind: 'accepted'; readonly announced?: string | undefined }
  /** HTTP 456: it does not serve new work. */
  | { readonly kind: 'mismatch' }
  /** A bare HTTP 503: the cluster is suspended. With the error, the caller can resume it. */
  | { readonly kind: 'suspended'; readonly error: unknown }
  /** HTTP 429 or RESOURCE_EXHAUSTED: the deployment exists, and waiting helps. */
  | { readonly kind: 'overloaded'; readonly error: unknown }
  /** Any other refusal, including a broken connection. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** No answer in time. */
  | { readonly kind: 'silent'; readonly error: unknown }
  /** It does not accept the credentials. The other strategy may. */
  | { readonly kind: 'unable'; readonly error: unknown }

/** The options of a probe. */
export interface ProbeOptions {
  /** `new`: over a new connection, because the current one may be the fault. @default the program's connection */
  readonly connection?: 'new'
}

/** Asks a strategy on behalf of the strategy logic, which knows no transport. One per connection. */
export interface StrategyProber {
  /** Asks for a session. Joins a current login, unless it has taken longer than `joinWithinMs`. */
  probe(strategy: Strategy, deadline: Deadline, joinWithinMs?: number): Promise<ProbeAnswer>
  /** Asks for a session and completes the probe statement (rule 18). */
  prove(strategy: Strategy, deadline: Deadline, options?: ProbeOptions): Promise<ProbeAnswer>
  /** Whether its connection is closed and another prober must take over. */
  readonly closed: boolean
}
