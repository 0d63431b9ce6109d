import { randomUUID } from 'node:crypto'
import type { Strategy } from './call.ts'

export interface Session {
  readonly user: string
  readonly strategy: Strategy
  properties: string
}

/** The sessions of all deployments. A session is good on the deployment that gave it alone. */
export class Sessions {
  readonly #sessions = new Map<string, Session>()
  readonly #ended = new Map<string, Session>()

  open(user: string, strategy: Strategy): string {
    const id = randomUUID()
    this.#sessions.set(id, { user, strategy, properties: '' })
    return id
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id)
  }

  /** Whose session it is, or was. */
  ownerOf(id: string): string | undefined {
    return (this.#sessions.get(id) ?? this.#ended.get(id))?.user
  }

  /** Ends those of a deployment, or all. */
  expire(strategy?: Strategy): void {
    for (const [id, session] of this.#sessions) {
      if (strategy !== undefined && session.strategy !== strategy) continue
      this.#sessions.delete(id)
      this.#ended.set(id, session)
    }
  }
}
