import type { Deadline } from '../time/deadline.ts'
import { grpcHeader } from '../transport/headers.ts'
import { type CallEnvelope, CallFailure, type Transport } from '../transport/transport.ts'
import { otherStrategy, type Strategy } from '../types/strategy.ts'
import { clusterMethods } from '../wire-codec/cluster-methods.ts'

/** The identity sent to the cluster service, and the cluster it is about. */
export interface ClusterIdentity {
  readonly username: string
  readonly password: (deadline: Deadline) => Promise<string>
  readonly clusterName?: string | undefined
  readonly clusterUuid?: string | undefined
}

/** The cluster's own status in lower case: `active`, `suspended`, `resuming`, `failed`, or another word. */
export type ClusterStatus = string

type ClusterCall = keyof typeof clusterMethods

type SendCall = (
  transport: Transport,
  request: { user: string; password: string },
  envelope: CallEnvelope,
) => Promise<{ status: string }>

const SEND: Record<ClusterCall, SendCall> = {
  status: (transport, request, envelope) => transport.call(clusterMethods.status, request, envelope),
  resume: (transport, request, envelope) => transport.call(clusterMethods.resume, request, envelope),
  suspend: (transport, request, envelope) => transport.call(clusterMethods.suspend, request, envelope),
}

/** The status of a cluster whose proxy answers that it is suspended before the service answers. */
const SUSPENDED: ClusterStatus = 'suspended'

/** The three calls of the cluster service, each sent to the active strategy. */
export class ClusterClient {
  readonly #transport: Transport
  readonly #identity: ClusterIdentity
  readonly #preferred: () => Strategy | undefined

  constructor(transport: Transport, identity: ClusterIdentity, preferred: () => Strategy | undefined) {
    this.#transport = transport
    this.#identity = identity
    this.#preferred = preferred
  }

  /** @throws CallFailure */
  async ask(call: ClusterCall, deadline: Deadline): Promise<ClusterStatus> {
    const first = this.#preferred() ?? 'blue'
    try {
      return await this.#send(call, first, deadline)
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error
      if (error.fault.kind === 'strategy-mismatch') return this.#send(call, otherStrategy(first), deadline)
      if (error.fault.kind === 'cluster-suspended' && call === 'status') return SUSPENDED
      throw error
    }
  }

  async #send(call: ClusterCall, strategy: Strategy, deadline: Deadline): Promise<ClusterStatus> {
    const { username, password, clusterName, clusterUuid } = this.#identity
    const header = grpcHeader({ strategy, cluster: clusterName, clusterUuid })
    const request = { user: username, password: await password(deadline) }
    const answer = await SEND[call](this.#transport, request, { header, deadline })
    return answer.status.toLowerCase()
  }
}
