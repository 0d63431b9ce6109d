import type { AccessTokenRequest } from '../transport/access-token.ts'

/** A token and its remaining lifetime at the time of the request. */
export interface FetchedToken {
  readonly token: string
  readonly lifetimeMs: number
}

interface HeldToken {
  readonly token: string
  /** Monotonic milliseconds, like the members below. */
  readonly renewAt: number
  readonly endsAt: number
}

/**
 * Holds a token until it expires. Shortly before that, it is renewed in the background, so only callers without a token
 * wait. At most one request runs at a time, however many callers there are.
 */
export class RenewedToken {
  readonly #fetch: () => Promise<FetchedToken>
  readonly #renewBeforeMs: number
  readonly #now: () => number
  #held: HeldToken | undefined
  #flight: Promise<string> | undefined

  constructor(fetch: () => Promise<FetchedToken>, renewBeforeMs: number, now: () => number) {
    this.#fetch = fetch
    this.#renewBeforeMs = renewBeforeMs
    this.#now = now
  }

  get({ refused }: AccessTokenRequest): string | Promise<string> {
    if (this.#held?.token === refused) this.#held = undefined
    const now = this.#now()
    if (!this.#held || now >= this.#held.endsAt) return this.#renewed()
    // While the token is valid, a failure affects no caller: the next one tries again.
    if (now >= this.#held.renewAt) this.#renewed().catch(() => undefined)
    return this.#held.token
  }

  #renewed(): Promise<string> {
    if (!this.#flight) {
      const flight = this.#renew().finally(() => {
        if (this.#flight === flight) this.#flight = undefined
      })
      this.#flight = flight
    }
    return this.#flight
  }

  async #renew(): Promise<string> {
    const askedAt = this.#now()
    const { token, lifetimeMs } = await this.#fetch()
    const renewBeforeMs = Math.min(this.#renewBeforeMs, lifetimeMs / 2)
    this.#held = { token, endsAt: askedAt + lifetimeMs, renewAt: askedAt + lifetimeMs - renewBeforeMs }
    return token
  }
}
