import { callsAreTraced, traceCall } from '../observability/channels.ts'
import type { ServerAddress } from '../observability/operation.ts'
import type { Clock } from '../time/clock.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import { faultError } from './fault-error.ts'
import { type CallEnvelope, CallFailure, type Transport } from './transport.ts'

/**
 * The single boundary around a call, where each try of each call can be traced, including logins and cluster service
 * calls.
 */
export class TracedTransport implements Transport {
  readonly #inner: Transport
  readonly #server: ServerAddress
  readonly #clock: Clock

  constructor(inner: Transport, server: ServerAddress, clock: Clock) {
    this.#inner = inner
    this.#server = server
    this.#clock = clock
  }

  get usable(): boolean {
    return this.#inner.usable
  }

  call<Request extends object, Response extends object>(
    method: UnaryMethod<Request, Response>,
    request: Request,
    envelope: CallEnvelope,
  ): Promise<Response> {
    if (!callsAreTraced()) return this.#inner.call(method, request, envelope)
    const facts = {
      service: method.service,
      method: method.name,
      server: this.#server,
      strategy: envelope.header.find(([name]) => name === 'strategy')?.[1],
      queryId: queryIdIn(request),
    }
    return traceCall(
      facts,
      () => this.#inner.call(method, request, envelope),
      () => this.#clock.now(),
      (error) => (error instanceof CallFailure ? faultError(error) : error),
    )
  }

  close(): void {
    this.#inner.close()
  }
}

/** The id in a request about a query; all such requests have the same field. No other part of a request is read. */
function queryIdIn(request: object): string | undefined {
  const queryId: unknown = Reflect.get(request, 'queryId')
  return typeof queryId === 'string' && queryId !== '' ? queryId : undefined
}
