import { openChannel } from '../../packages/connector/src/transport/channel.ts'
import type { ResolvedChannelOptions } from '../../packages/connector/src/transport/channel-options.ts'
import type { UnaryChannel, WireAnswer } from '../../packages/connector/src/transport/unary-channel.ts'

/** How a call ended, as these tests tell endings apart. */
export type Ending =
  | { kind: 'message'; bytes: Uint8Array }
  | { kind: 'status'; code: number; message: string }
  /** The time limit passed, or the call was cancelled. */
  | { kind: 'given up' }
  | { kind: 'other'; answer: unknown }

export interface CallFacts {
  path: string
  request?: Uint8Array
  header?: readonly (readonly [name: string, value: string])[]
  timeoutMs?: number
}

const DEFAULT_TIMEOUT_MS = 20_000

/** The connector's own transport, as far as these tests need it: the one file that knows its interface. */
export class UnaryClient {
  readonly #channel: UnaryChannel

  constructor(port: number, options: Partial<ResolvedChannelOptions> = {}) {
    this.#channel = openChannel({
      host: '127.0.0.1',
      port,
      secure: false,
      tls: {},
      connectTimeoutMs: 10_000,
      keepaliveTimeMs: 30_000,
      keepaliveTimeoutMs: 10_000,
      maxReceiveMessageLength: -1,
      maxSendMessageLength: -1,
      flowControlWindowBytes: 8_388_608,
      compression: 'none',
      userAgent: 'interop',
      ...options,
    })
  }

  call(facts: CallFacts): Promise<Ending> {
    return this.begin(facts).ending
  }

  begin({ path, request = new Uint8Array(0), header = [], timeoutMs = DEFAULT_TIMEOUT_MS }: CallFacts): {
    ending: Promise<Ending>
    cancel(): void
  } {
    const sent = this.#channel.send({ path, request, header, timeoutMs })
    return { ending: sent.answer.then(endingOf), cancel: () => sent.cancel() }
  }

  close(): void {
    this.#channel.close()
  }
}

function endingOf(answer: WireAnswer): Ending {
  switch (answer.kind) {
    case 'message':
    case 'status':
      return answer
    case 'given-up':
      return { kind: 'given up' }
    case 'bare':
    case 'lost':
    case 'no-thread':
      return { kind: 'other', answer }
    default:
      return answer satisfies never
  }
}
