import { randomUUID } from 'node:crypto'
import { queryEngine } from 'e6data-connector/wire'
import { RpcError } from '../grpc/rpc-error.ts'
import type { EngineParts, QueryEngineHandlers } from './engine.ts'

type SessionCalls = Pick<
  QueryEngineHandlers,
  'authenticate' | 'identifyPlanner' | 'updateUsers' | 'setProps' | 'dropUserContext' | 'healthCheck'
>

/** The calls about sessions and users. */
export function sessionCalls(parts: EngineParts): SessionCalls {
  const { users, sessions, plannerQueue, announcement, engineIp } = parts
  return {
    async authenticate({ user, password, userNameForImpersonation }) {
      if (users.accepts(user, password)) {
        const session = sessions.open(userNameForImpersonation || user)
        return { sessionId: session.id, engineIP: engineIp, ...announcement.fields }
      }
      if (users.wrongCredentials === 'unauthenticated')
        throw new RpcError('unauthenticated', 'wrong user name or token')
      return { sessionId: '' }
    },

    async identifyPlanner({ sessionId, existingQuery }) {
      const session = sessions.require(sessionId)
      const answer = plannerQueue.next()
      return {
        sessionId: sessions.idToAnswer(session),
        queueMessage: queryEngine.IdentifyPlannerResponse_QueueMessage[answer],
        existingQuery: {
          queryId: existingQuery?.queryId || randomUUID(),
          elapsedTimeMillis: existingQuery?.elapsedTimeMillis ?? 0n,
        },
        ...(answer === 'GO_AHEAD' ? { plannerIp: engineIp } : {}),
      }
    },

    async healthCheck() {
      return {}
    },

    async updateUsers() {
      throw new RpcError('unimplemented', 'this cluster does not support updateUsers: set the option users')
    },

    async setProps({ sessionId, props }) {
      sessions.require(sessionId)
      if (props.trim() === '') return {}
      throw new RpcError('unimplemented', 'this engine does not support setProps: it has no properties')
    },

    async dropUserContext({ sessionId }) {
      const session = sessions.require(sessionId)
      sessions.revoke(session.id)
      return {}
    },
  }
}
