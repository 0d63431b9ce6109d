import type { Deadline } from '../time/deadline.ts'
import { credentialsRefused } from '../transport/fault-error.ts'
import { grpcHeader } from '../transport/headers.ts'
import { type CallEnvelope, CallFailure, type Transport } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'

/** Who logs in, and where. The password is asked for at each login and kept nowhere else. */
export interface LoginIdentity {
  readonly username: string
  readonly password: (deadline: Deadline) => Promise<string>
  readonly impersonate?: string | undefined
  readonly clusterName?: string | undefined
  readonly clusterUuid?: string | undefined
}

export interface LoginAnswer {
  readonly sessionId: string
  readonly announced: string | undefined
}

/** Opens a session on one strategy. */
export type Login = (strategy: Strategy, deadline: Deadline, options?: LoginOptions) => Promise<LoginAnswer>

/** How a login is sent. */
export interface LoginOptions extends Pick<CallEnvelope, 'connection'> {
  /** The engine of a running query whose session is renewed. That it may be named at a login is unverified. */
  readonly engineIp?: string | undefined
}

export function createLogin(transport: Transport, identity: LoginIdentity): Login {
  return async (strategy, deadline, { connection, engineIp } = {}) => {
    const { clusterName: cluster, clusterUuid } = identity
    const header = grpcHeader({ strategy, engineIp, cluster, clusterUuid })
    const request = {
      user: identity.username,
      password: await identity.password(deadline),
      ...(identity.impersonate ? { userNameForImpersonation: identity.impersonate } : {}),
    }
    const answer = await transport.call(engineMethods.authenticate, request, {
      header,
      deadline,
      connection,
    })
    // The engine says no in two ways: with UNAUTHENTICATED, and with an answer that has no session in it.
    if (answer.sessionId === '') throw credentialsRefused({ strategy })
    return { sessionId: answer.sessionId, announced: answer.newStrategy }
  }
}

/**
 * An access token travels with every call, so there is no session to open: its id is empty. Whether a strategy serves is
 * asked by a call that does nothing; an engine that does not know the call serves as well.
 */
export function createTokenLogin(
  transport: Transport,
  { clusterName, clusterUuid }: Pick<LoginIdentity, 'clusterName' | 'clusterUuid'>,
): Login {
  return async (strategy, deadline, { connection, engineIp } = {}) => {
    const header = grpcHeader({ strategy, engineIp, cluster: clusterName, clusterUuid })
    try {
      await transport.call(engineMethods.healthCheck, {}, { header, deadline, connection })
    } catch (error) {
      if (!(error instanceof CallFailure && error.fault.kind === 'not-supported')) throw error
    }
    return { sessionId: '', announced: undefined }
  }
}
