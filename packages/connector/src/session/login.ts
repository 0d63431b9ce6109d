import type { Deadline } from '../time/deadline.ts'
import { credentialsRefused } from '../transport/fault-error.ts'
import { grpcHeader } from '../transport/headers.ts'
import { type CallEnvelope, CallFailure, type Transport } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'

/** The identity of the login. The password is requested for each login and stored nowhere else. */
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

/** The options of a login. */
export interface LoginOptions extends Pick<CallEnvelope, 'connection'> {
  /** The engine of a running query whose session is renewed. It is unverified that a login may name it. */
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
    // The engine refuses in two ways: with UNAUTHENTICATED, and with an answer without a session.
    if (answer.sessionId === '') throw credentialsRefused({ strategy })
    return { sessionId: answer.sessionId, announced: answer.newStrategy }
  }
}

/**
 * Returns a login for an access token. The token is sent with every call, so there is no session and its id is empty. A
 * call without effect checks whether a strategy serves; an engine that does not know the call also serves.
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
