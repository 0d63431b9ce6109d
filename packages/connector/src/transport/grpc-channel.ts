import { type Client, type ClientUnaryCall, connectivityState, Metadata, type ServiceError } from '@grpc/grpc-js'
import type { SentCall, UnaryChannel, WireAnswer, WireCall } from './unary-channel.ts'

/** States in which the next call is likely to fail at once. */
const UNUSABLE_STATES: ReadonlySet<connectivityState> = new Set([
  connectivityState.TRANSIENT_FAILURE,
  connectivityState.SHUTDOWN,
])

/** A gRPC channel in this thread. */
export class GrpcChannel implements UnaryChannel {
  readonly #client: Client
  readonly #calls = new Set<ClientUnaryCall>()
  #closed = false

  constructor(client: Client) {
    this.#client = client
  }

  send({ path, request, header, deadlineAt }: WireCall): SentCall {
    const metadata = new Metadata()
    for (const [name, value] of header) metadata.set(name, value)
    let settle: (answer: WireAnswer) => void = () => undefined
    const answer = new Promise<WireAnswer>((resolve) => {
      settle = resolve
    })
    const end = (error: ServiceError | null, bytes?: Buffer) => {
      this.#calls.delete(call)
      settle(error ? statusOf(error) : { kind: 'message', bytes: bytes! })
    }
    const call = this.#client.makeUnaryRequest(
      path,
      asBuffer,
      asReceived,
      request,
      metadata,
      { deadline: deadlineAt },
      end,
    )
    this.#calls.add(call)
    return { answer, cancel: () => call.cancel() }
  }

  get usable(): boolean {
    return !this.#closed && !UNUSABLE_STATES.has(this.#client.getChannel().getConnectivityState(false))
  }

  /** Calls `listener` whenever the channel may have become usable or unusable, until it is closed. Keeps no process alive. */
  onChange(listener: () => void): void {
    const channel = this.#client.getChannel()
    const state = channel.getConnectivityState(false)
    if (state === connectivityState.SHUTDOWN) return
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
      listener()
      this.onChange(listener)
    })
  }

  close(): void {
    this.#closed = true
    for (const call of this.#calls) call.cancel()
    this.#client.close()
  }
}

const asReceived = (bytes: Buffer) => bytes

const statusOf = ({ code, details }: ServiceError): WireAnswer => ({ kind: 'status', code, details })

/** The same bytes, without a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
