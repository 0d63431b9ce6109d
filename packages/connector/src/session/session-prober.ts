import { AbortError, CredentialsError, TimeoutError } from '../errors.ts'
import type { ProbeAnswer, ProbeOptions, StrategyProber } from '../strategy/strategy-prober.ts'
import type { Deadline } from '../time/deadline.ts'
import { faultError } from '../transport/fault-error.ts'
import type { FaultKind } from '../transport/status-rules.ts'
import { CallFailure } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import type { ProbeStatement } from './probe-statement.ts'
import type { SessionRegistry } from './session-registry.ts'

/** The meaning of a fault at a login or a probe statement for the strategy. */
export const ANSWERS: Record<FaultKind, Exclude<ProbeAnswer['kind'], 'accepted' | 'silent'>> = {
  'strategy-mismatch': 'mismatch',
  'cluster-suspended': 'suspended',
  'rate-limited': 'overloaded',
  'credentials-refused': 'unable',
  'session-unknown': 'failed',
  'not-connected': 'failed',
  'stream-refused': 'failed',
  'connection-lost': 'failed',
  'proxy-error': 'failed',
  'message-too-large': 'failed',
  'not-supported': 'failed',
  'permission-denied': 'failed',
  'engine-error': 'failed',
  'bad-request': 'failed',
  'bad-answer': 'failed',
}

/** Asks strategies with one connection's login. The connection uses the sessions that this opens. */
export class SessionProber implements StrategyProber {
  readonly #sessions: SessionRegistry
  readonly #statement: ProbeStatement
  closed = false

  constructor(sessions: SessionRegistry, statement: ProbeStatement) {
    this.#sessions = sessions
    this.#statement = statement
  }

  probe(strategy: Strategy, deadline: Deadline, joinWithinMs?: number): Promise<ProbeAnswer> {
    return answerOf(strategy, async () => (await this.#sessions.probe(strategy, deadline, joinWithinMs)).announced)
  }

  prove(strategy: Strategy, deadline: Deadline, { connection }: ProbeOptions = {}): Promise<ProbeAnswer> {
    return answerOf(strategy, async () => {
      const login = connection === 'new' ? this.#sessions.loginApart(strategy, deadline) : undefined
      const { sessionId, announced } = await (login ?? this.#sessions.probe(strategy, deadline))
      await this.#statement.run({ strategy, sessionId, connection }, deadline)
      return announced
    })
  }
}

/** @throws ClosedError when the connection is closed and another prober must take over */
async function answerOf(strategy: Strategy, ask: () => Promise<string | undefined>): Promise<ProbeAnswer> {
  try {
    return { kind: 'accepted', announced: await ask() }
  } catch (error) {
    if (error instanceof CredentialsError) return { kind: 'unable', error }
    if (error instanceof TimeoutError || error instanceof AbortError) return { kind: 'silent', error }
    if (!(error instanceof CallFailure)) throw error
    const kind = ANSWERS[error.fault.kind]
    if (kind === 'mismatch') return { kind }
    // The caller of detection resumes a suspended cluster, and needs the original failure for that.
    return { kind, error: kind === 'suspended' ? error : faultError(error, { outcome: 'not-sent', strategy }) }
  }
}
