import { cluster } from 'e6data-connector/wire'
import type { Availability } from '../deployment/admission.ts'
import type { Users } from '../engine/users.ts'
import { RpcError } from '../grpc/rpc-error.ts'
import { serviceHandler } from '../grpc/service-handlers.ts'
import type { UnaryHandler } from '../grpc/unary-server.ts'

/** What the cluster service may ask of the cluster. */
export interface SuspendableCluster {
  readonly availability: Availability
  suspend(): Promise<void>
  /** Begins to resume; the cluster is active again some time later. */
  beginResume(): void
}

/** `ClusterService`: the state of the cluster, suspending and resuming it. */
export function clusterService(target: SuspendableCluster, users: Users): UnaryHandler {
  const admit = ({ user, password }: { user: string; password: string }) => {
    if (!users.accepts(user, password)) throw new RpcError('unauthenticated', 'wrong user name or token')
  }
  return serviceHandler(cluster.ClusterService.typeName, cluster.ClusterService.method, {
    async status(credentials) {
      admit(credentials)
      return { status: target.availability }
    },
    async resume(credentials) {
      admit(credentials)
      target.beginResume()
      return { status: target.availability }
    },
    async suspend(credentials) {
      admit(credentials)
      await target.suspend()
      return { status: target.availability }
    },
  })
}
