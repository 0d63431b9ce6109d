import type { DescMethodUnary } from '@bufbuild/protobuf'
import { ClosedError } from '../../src/errors.ts'
import { ClusterService } from '../../src/gen/cluster_pb.ts'
import { QueryEngineService } from '../../src/gen/query_engine_pb.ts'
import { readFault } from '../../src/transport/status-rules.ts'
import { type CallEnvelope, CallFailure, type Transport } from '../../src/transport/transport.ts'
import type { UnaryMethod } from '../../src/wire-codec/unary-method.ts'
import type { Reply } from './exchange.ts'
import type { Line, SimulatedNetwork } from './simulated-network.ts'

/** The end of the wait for a reply: with one, or because the caller or the connection gave up. */
type Settled = Reply | { readonly kind: 'over' } | { readonly kind: 'closed' }

/** Sends calls over the simulated network, with the errors of the gRPC transport. */
export class SimulatedTransport implements Transport {
  readonly #network: SimulatedNetwork
  readonly #line: Line
  readonly #open = new Set<(settled: Settled) => void>()
  #closed = false

  constructor(network: SimulatedNetwork, line: Line) {
    this.#network = network
    this.#line = line
  }

  async call<Request extends object, Response extends object>(
    method: UnaryMethod<Request, Response>,
    request: Request,
    envelope: CallEnvelope,
  ): Promise<Response> {
    const { deadline } = envelope
    if (this.#closed) throw new ClosedError('the connection is closed', { outcome: 'not-sent' })
    deadline.throwIfOver()
    const settled = await this.#send(method, request, envelope)
    switch (settled.kind) {
      case 'message':
        return method.decode(settled.bytes)
      case 'status':
        throw new CallFailure(readFault(settled.status.answer), method.name)
      case 'over':
        throw deadline.error('unknown')
      case 'closed':
        throw new ClosedError('the connection was closed during the call', { outcome: 'unknown' })
      default:
        return settled satisfies never
    }
  }

  get usable(): boolean {
    return !this.#closed
  }

  close(): void {
    this.#closed = true
    for (const settle of this.#open) settle({ kind: 'closed' })
  }

  #send<Request extends object, Response extends object>(
    method: UnaryMethod<Request, Response>,
    request: Request,
    { header, deadline, connection }: CallEnvelope,
  ): Promise<Settled> {
    return new Promise((resolve) => {
      const settle = (settled: Settled) => {
        if (!this.#open.delete(settle)) return
        stopWaiting()
        if (settled.kind === 'over' || settled.kind === 'closed') this.#network.givenUp(exchange)
        resolve(settled)
      }
      this.#open.add(settle)
      const stopWaiting = deadline.onOver(() => settle({ kind: 'over' }))
      const sent = { method: described(method), request: method.encode(request), header, connection, deliver: settle }
      const exchange = this.#network.send(this.#line, sent)
    })
  }
}

/** The same call as known by the servers. */
function described({ service, name }: { readonly service: string; readonly name: string }): DescMethodUnary {
  const { methods } = service === ClusterService.typeName ? ClusterService : QueryEngineService
  const found = methods.find(
    (method): method is DescMethodUnary => method.methodKind === 'unary' && method.name === name,
  )
  if (!found) throw new Error(`the protocol has no call ${service}/${name}`)
  return found
}
