import { grpcHeader } from '../transport/headers.ts'
import type { Transport } from '../transport/transport.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import type { Login, LoginIdentity } from './login.ts'

/** The properties that the program has set, for every session that a connection opens later (rule 24). */
export class SessionProperties {
  readonly #transport: Transport
  readonly #place: Pick<LoginIdentity, 'clusterName' | 'clusterUuid'>
  readonly #props: string[] = []

  constructor(transport: Transport, place: Pick<LoginIdentity, 'clusterName' | 'clusterUuid'>) {
    this.#transport = transport
    this.#place = place
  }

  /** Remembers the properties that a call has set. Returns whether it set any: sessions elsewhere lack them. */
  keeps({ name }: { readonly name: string }, request: object): boolean {
    if (name !== engineMethods.setProps.name || !('props' in request)) return false
    const props = String(request.props)
    if (!this.#props.includes(props)) this.#props.push(props)
    return true
  }

  /** Wraps a login so that the session has the properties before it serves. */
  setBy(login: Login): Login {
    return async (strategy, deadline, options = {}) => {
      const answer = await login(strategy, deadline, options)
      const { connection, engineIp } = options
      const { clusterName: cluster, clusterUuid } = this.#place
      const header = grpcHeader({ strategy, engineIp, cluster, clusterUuid })
      for (const props of this.#props) {
        const request = { sessionId: answer.sessionId, props }
        await this.#transport.call(engineMethods.setProps, request, { header, deadline, connection })
      }
      return answer
    }
  }
}
