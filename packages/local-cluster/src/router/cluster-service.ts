import { cluster } from 'e6data-connector/wire'
import type { Availability } from '../deployment/admission.ts'
import type { AccessTokens } from '../engine/access-tokens.ts'
import type { Users } from '../engine/users.ts'
import { RpcError } from '../grpc/rpc-error.ts'
import { serviceHandler } from '../grpc/service-handlers.ts'
import { singleHeader, type UnaryCall, type UnaryHandler } from '../grpc/unary-server.ts'

/** The cluster, as the cluster service controls it. */
export interface SuspendableCluster {
  readonly availability: Availability
  suspend(): Promise<void>
  /** Starts to resume; the cluster is active some time later. */
  beginResume(): void
}

/** `ClusterService`: reports the state of the cluster, suspends and resumes it. */
export function clusterService(target: SuspendableCluster, users: Users, accessTokens: AccessTokens): UnaryHandler {
  const admit = ({ user, password }: { user: string; password: string }, { headers }: UnaryCall) => {
    if (accessTokens.userOf(singleHeader(headers.authorization)) !== undefined) return
    if (!users.accepts(user, password)) throw new RpcError('unauthenticated', 'wrong user name or token')
  }
  return serviceHandler(cluster.ClusterService.typeName, cluster.ClusterService.method, {
    async status(credentials, call) {
      admit(credentials, call)
      return { status: target.availability }
    },
    async resume(credentials, call) {
      admit(credentials, call)
      target.beginResume()
      return { status: target.availability }
    },
    async suspend(credentials, call) {
      admit(credentials, call)
      await target.suspend()
      return { status: target.availability }
    },
  })
}
