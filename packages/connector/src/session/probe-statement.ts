import type { Clock } from '../time/clock.ts'
import { Deadline } from '../time/deadline.ts'
import { grpcHeader } from '../transport/headers.ts'
import { CallFailure, type Transport } from '../transport/transport.ts'
import type { Strategy } from '../types/strategy.ts'
import { engineMethods } from '../wire-codec/engine-methods.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'
import { releaseLater } from './later-release.ts'

const method = engineMethods

/** The services and options for running the probe statement. */
export interface ProbeStatementOptions {
  readonly transport: Transport
  readonly sql: string
  readonly catalog?: string | undefined
  readonly database?: string | undefined
  readonly clusterName?: string | undefined
  readonly clusterUuid?: string | undefined
}

/** The session to run it in, and the connection to use. */
export interface ProbeSession {
  readonly strategy: Strategy
  readonly sessionId: string
  readonly connection?: 'new' | undefined
}

/** The location of its query. */
interface ProbePlace {
  readonly sessionId: string
  readonly queryId: string
  readonly engineIP: string
}

/** The longest pause before a call about a running query is repeated after a proxy refused it, in milliseconds. */
const REFUSED_PAUSE_MS = 50
const MOST_REFUSED = 20

/** The time limit for clearing the query on the server, in milliseconds. */
const CLEAR_TIMEOUT_MS = 5000

/** A statement that proves that a strategy accepts work (rule 18): prepare, execute, and every batch of the result. */
export class ProbeStatement {
  readonly #options: ProbeStatementOptions

  constructor(options: ProbeStatementOptions) {
    this.#options = options
  }

  /**
   * Runs the statement to its end.
   * @throws CallFailure, TimeoutError, AbortError, ClosedError
   */
  async run(session: ProbeSession, deadline: Deadline): Promise<void> {
    const { sessionId } = session
    const { queryId, engineIP } = await this.#prepare(session, deadline)
    const where = { sessionId, queryId, engineIP }
    const ask = <Request extends object, Response extends object>(
      call: UnaryMethod<Request, Response>,
      request: Request,
    ) => this.#repeatRefused(() => this.#send(session, call, request, deadline, engineIP), deadline)
    try {
      await ask(method.executeStatement, { ...where, shouldNotCache: true })
      await ask(method.getResultMetadata, where)
      let batch: Uint8Array
      do {
        ;({ resultBatch: batch } = await ask(method.getNextResultBatch, where))
      } while (batch.length > 0)
    } finally {
      void this.#clear(session, where, deadline.clock)
    }
  }

  #prepare(session: ProbeSession, deadline: Deadline): Promise<{ queryId: string; engineIP: string }> {
    const { sql: queryString, catalog, database: schema = '' } = this.#options
    const { sessionId } = session
    return catalog === undefined
      ? this.#send(session, method.prepareStatement, { sessionId, queryString, schema }, deadline)
      : this.#send(session, method.prepareStatementV2, { sessionId, queryString, schema, catalog }, deadline)
  }

  #send<Request extends object, Response extends object>(
    { strategy, connection }: ProbeSession,
    call: UnaryMethod<Request, Response>,
    request: Request,
    deadline: Deadline,
    engineIp?: string,
  ): Promise<Response> {
    const { transport, clusterName: cluster, clusterUuid } = this.#options
    const header = grpcHeader({ strategy, engineIp, cluster, clusterUuid })
    return transport.call(call, request, { header, deadline, ...(connection ? { connection } : {}) })
  }

  /** Never rejects: the probe statement is complete even if the release fails. */
  async #clear(session: ProbeSession, where: ProbePlace, clock: Clock): Promise<void> {
    const { clearOrCancelQuery } = method
    const limit = () => Deadline.of(clock, {}, CLEAR_TIMEOUT_MS, 'clearing the probe statement')
    const clear = (connection: 'new' | undefined, deadline = limit()) =>
      this.#send({ ...session, connection }, clearOrCancelQuery, where, deadline, where.engineIP)
    const deadline = limit()
    try {
      await this.#repeatRefused(() => clear(session.connection, deadline), deadline)
    } catch (error) {
      if (isRefused(error)) await releaseLater(clock, clear)
    }
  }

  /** Repeats a call about the running statement that a proxy refused before any engine saw it (rule 17). */
  async #repeatRefused<Answer>(send: () => Promise<Answer>, deadline: Deadline): Promise<Answer> {
    for (let refused = 1; ; refused++) {
      try {
        return await send()
      } catch (error) {
        if (!isRefused(error) || refused >= MOST_REFUSED) throw error
      }
      await deadline.sleep(deadline.clock.jitter(REFUSED_PAUSE_MS))
    }
  }
}

/** Returns whether a proxy refused the call, so no engine has seen it (rule 14). */
function isRefused(error: unknown): boolean {
  return error instanceof CallFailure && error.fault.kind === 'strategy-mismatch' && error.fault.from === 'proxy'
}
