import type { Deadline } from '../time/deadline.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import { type AccessToken, type AccessTokenRequest, isAccessToken } from './access-token.ts'
import type { GrpcHeader } from './headers.ts'
import { askProvider } from './provided-value.ts'
import { type CallEnvelope, CallFailure, type Transport } from './transport.ts'

/** Calls with side effects on a statement: running one twice may repeat its effect. */
const RUNS_ONCE: ReadonlySet<string> = new Set([
  'executeStatement',
  'executeStatementV2',
  'getNextResultBatch',
  'getNextResultBatchV2',
])

const ACCESS_TOKEN = {
  option: 'accessToken',
  expected: 'a string of visible ASCII characters',
  accepts: isAccessToken,
} as const

/**
 * Sends an access token with every call. When the cluster refuses it, requests another token and repeats the call once.
 * An execute or a fetch is repeated only if the engine itself refused it: a gateway may answer a bare 401 or 403 to a
 * call that it has already passed on.
 */
export class BearerTransport implements Transport {
  readonly #inner: Transport
  readonly #accessToken: () => AccessToken
  /** Headers with the last token sent with them. Calls that share a header share the authorized one. */
  readonly #authorized = new WeakMap<GrpcHeader, { readonly token: string; readonly header: GrpcHeader }>()

  /** @param accessToken reveals the token or its provider, which is stored nowhere else */
  constructor(inner: Transport, accessToken: () => AccessToken) {
    this.#inner = inner
    this.#accessToken = accessToken
  }

  get usable(): boolean {
    return this.#inner.usable
  }

  async call<Request extends object, Response extends object>(
    method: UnaryMethod<Request, Response>,
    request: Request,
    envelope: CallEnvelope,
  ): Promise<Response> {
    const { deadline } = envelope
    const token = await this.#token({}, deadline)
    try {
      return await this.#inner.call(method, request, this.#withToken(envelope, token))
    } catch (error) {
      if (!isRefusal(error, method.name)) throw error
      const another = await this.#token({ refused: token }, deadline)
      if (another === token) throw error
      return this.#inner.call(method, request, this.#withToken(envelope, another))
    }
  }

  close(): void {
    this.#inner.close()
  }

  #withToken(envelope: CallEnvelope, token: string): CallEnvelope {
    let known = this.#authorized.get(envelope.header)
    if (known?.token !== token) {
      known = { token, header: [...envelope.header, ['authorization', `Bearer ${token}`]] }
      this.#authorized.set(envelope.header, known)
    }
    return { ...envelope, header: known.header }
  }

  async #token(request: AccessTokenRequest, deadline: Deadline): Promise<string> {
    const source = this.#accessToken()
    if (typeof source === 'string') return source
    return askProvider(() => source(request), ACCESS_TOKEN, deadline)
  }
}

function isRefusal(error: unknown, method: string): boolean {
  if (!(error instanceof CallFailure) || error.fault.kind !== 'credentials-refused') return false
  return error.fault.from === 'engine' || !RUNS_ONCE.has(method)
}
