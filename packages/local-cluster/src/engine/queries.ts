import { RpcError } from '../grpc/rpc-error.ts'
import type { Query, QueryFacts } from './query.ts'

interface HeldQuery {
  query: Query
  /** Time of the last call about it, on the monotonic clock. */
  lastUsed: number
}

/** Number of ended queries that are kept, so that a late call gets the reason. */
const ENDED_REMEMBERED = 1000

/** The queries of one engine, from prepare to clear. */
export class Queries {
  readonly #held = new Map<string, HeldQuery>()
  readonly #ended = new Map<string, QueryFacts>()

  constructor(
    private readonly idleTimeoutMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  add(query: Query): void {
    this.#sweep()
    this.#held.set(query.id, { query, lastUsed: this.now() })
  }

  /** @throws RpcError `notFound` for an unknown query, `cancelled` for one that was cancelled. */
  require(id: string): Query {
    const held = this.#held.get(id)
    if (held === undefined) {
      const ended = this.#ended.get(id)
      if (ended !== undefined) throw new RpcError('cancelled', `query ${id} was ${ended.state}`)
      throw new RpcError('notFound', `query ${id} is not known to this engine`)
    }
    held.lastUsed = this.now()
    return held.query
  }

  wasEnded(id: string): boolean {
    return this.#ended.has(id)
  }

  /** @returns whether the query existed. */
  async end(id: string, how: 'cancelled' | 'cleared'): Promise<boolean> {
    const held = this.#held.get(id)
    if (held === undefined) return false
    this.#held.delete(id)
    const ending = held.query.end(how)
    this.#ended.set(id, held.query.facts)
    if (this.#ended.size > ENDED_REMEMBERED) {
      const [oldest] = this.#ended.keys()
      this.#ended.delete(oldest!)
    }
    await ending
    return true
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((id) => this.end(id, 'cancelled')))
  }

  /** Running queries, then ended ones, the latest first. */
  list(): QueryFacts[] {
    return [...[...this.#held.values()].map(({ query }) => query.facts), ...[...this.#ended.values()].reverse()]
  }

  /** Frees idle queries: clients that died never clear theirs. */
  #sweep(): void {
    const now = this.now()
    for (const [id, held] of this.#held) {
      if (now - held.lastUsed > this.idleTimeoutMs) void this.end(id, 'cancelled')
    }
  }
}
