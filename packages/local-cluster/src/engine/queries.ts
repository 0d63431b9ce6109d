import { RpcError } from '../grpc/rpc-error.ts'
import type { Query, QueryFacts } from './query.ts'

interface HeldQuery {
  query: Query
  /** When a call last touched it, on the monotonic clock. */
  lastUsed: number
}

/** Ended queries that are remembered, so that a late call learns what became of its query. */
const ENDED_REMEMBERED = 1000

/** The queries that one engine holds, from prepare to clear. */
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

  /** @throws RpcError `notFound` for a query this engine did not prepare, `cancelled` for one that has been ended. */
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

  /** @returns whether there was such a query. */
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

  /** Running ones first, then the latest that ended. */
  list(): QueryFacts[] {
    return [...[...this.#held.values()].map(({ query }) => query.facts), ...[...this.#ended.values()].reverse()]
  }

  /** Frees what nobody has touched for too long: clients that died never clear their queries. */
  #sweep(): void {
    const now = this.now()
    for (const [id, held] of this.#held) {
      if (now - held.lastUsed > this.idleTimeoutMs) void this.end(id, 'cancelled')
    }
  }
}
