import type { Deadline } from '../time/deadline.ts'
import type { Strategy } from '../types/strategy.ts'

/**
 * What asking one strategy for a session came to. `accepted`: with the strategy that it announces, if any. `silent`: no
 * answer in time, which a switch may cause and waiting may mend. `unable`: it answered that this client can't be served,
 * for instance because of its credentials; the other strategy is still worth asking.
 */
export type ProbeAnswer =
  | { readonly kind: 'accepted'; readonly announced?: string | undefined }
  | { readonly kind: 'refused' }
  | { readonly kind: 'silent'; readonly error: unknown }
  | { readonly kind: 'unable'; readonly error: unknown }

/** Asks a strategy for a session, on behalf of the strategy logic, which knows no transport. One a connection. */
export interface StrategyProber {
  /** @throws what neither waiting nor the other strategy can mend, such as a host that can't be reached */
  probe(strategy: Strategy, deadline: Deadline): Promise<ProbeAnswer>
  /** Whether its connection is closed: another prober has to take over. */
  readonly closed: boolean
}
