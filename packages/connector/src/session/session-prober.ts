import { CredentialsError, TimeoutError } from '../errors.ts'
import type { ProbeAnswer, StrategyProber } from '../strategy/strategy-prober.ts'
import type { Deadline } from '../time/deadline.ts'
import { faultError } from '../transport/fault-error.ts'
import type { FaultKind } from '../transport/status-rules.ts'
import { CallFailure } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import type { SessionRegistry } from './session-registry.ts'

/** What a login that failed says about the strategy it was tried on; kinds that are not here are nobody's to mend. */
const ANSWERS: Partial<Record<FaultKind, 'refused' | 'unable'>> = {
  'strategy-mismatch': 'refused',
  'credentials-refused': 'unable',
}

/** Asks strategies for sessions with one connection's login; what it opens, the connection goes on to use. */
export class SessionProber implements StrategyProber {
  readonly #sessions: SessionRegistry
  closed = false

  constructor(sessions: SessionRegistry) {
    this.#sessions = sessions
  }

  async probe(strategy: Strategy, deadline: Deadline): Promise<ProbeAnswer> {
    try {
      const { announced } = await this.#sessions.probe(strategy, deadline)
      return { kind: 'accepted', announced }
    } catch (error) {
      if (error instanceof CredentialsError) return { kind: 'unable', error }
      if (error instanceof TimeoutError) return { kind: 'silent', error }
      if (!(error instanceof CallFailure)) throw error
      const answer = ANSWERS[error.fault.kind]
      if (answer === undefined) throw error
      return answer === 'unable' ? { kind: answer, error: faultError(error, { strategy }) } : { kind: answer }
    }
  }
}
