import { type CallOptions, type Connection, type ConnectOptions, connect, type Pool } from 'e6data-connector'

/** A connection for one use. */
export interface Borrowed {
  readonly connection: Connection
  /** Reports an error on the connection, before it is released. */
  failed(error: unknown): void
  release(): void
}

/** The source of connections. */
export interface ConnectionSource {
  borrow(limits: Pick<CallOptions, 'signal'>): Promise<Borrowed>
  close(): Promise<void>
}

/**
 * A shared connection, which runs several queries at once. Opened on demand, and again after a failure or when it was
 * closed.
 */
export class SharedConnection implements ConnectionSource {
  readonly #open: () => Promise<Connection>
  #connection: Promise<Connection> | undefined

  constructor(open: () => Promise<Connection>) {
    this.#open = open
  }

  /** Opens a connection with options of `connect`. */
  static to(options: ConnectOptions | string | undefined): SharedConnection {
    return new SharedConnection(() => connect(options))
  }

  async borrow(): Promise<Borrowed> {
    this.#connection ??= this.#opened()
    const connection = await this.#connection
    return { connection, failed: () => undefined, release: () => undefined }
  }

  async close(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    await (await connection)?.close()
  }

  async #opened(): Promise<Connection> {
    try {
      return await this.#open()
    } catch (error) {
      this.#connection = undefined
      throw error
    }
  }
}

/** A pool, which hands out a connection to one caller at a time. */
export class PooledConnections implements ConnectionSource {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async borrow(limits: Pick<CallOptions, 'signal'>): Promise<Borrowed> {
    const lease = await this.#pool.acquire(limits)
    return {
      connection: lease.connection,
      failed: (error) => lease.failed(error),
      release: () => lease.release(),
    }
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}
