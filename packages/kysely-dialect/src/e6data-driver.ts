import type { DatabaseConnection, Driver } from 'kysely'
import type { ConnectionSource } from './connection-source.ts'
import { E6dataConnection, type E6dataQueryOptions } from './e6data-connection.ts'
import { engineLacks } from './engine-lacks.ts'

/** Acquires connections for Kysely. */
export class E6dataDriver implements Driver {
  readonly #source: ConnectionSource
  readonly #options: E6dataQueryOptions

  constructor(source: ConnectionSource, options: E6dataQueryOptions) {
    this.#source = source
    this.#options = options
  }

  /** Opens nothing: the first query does. */
  async init(): Promise<void> {
    await Promise.resolve()
  }

  async acquireConnection({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<E6dataConnection> {
    return new E6dataConnection(await this.#source.borrow({ signal }), this.#options)
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof E6dataConnection) connection.release()
  }

  async beginTransaction(): Promise<void> {
    engineLacks('transaction')
  }

  async commitTransaction(): Promise<void> {
    engineLacks('transaction')
  }

  async rollbackTransaction(): Promise<void> {
    engineLacks('transaction')
  }

  async savepoint(): Promise<void> {
    engineLacks('savepoint')
  }

  async rollbackToSavepoint(): Promise<void> {
    engineLacks('savepoint')
  }

  async releaseSavepoint(): Promise<void> {
    engineLacks('savepoint')
  }

  async destroy(): Promise<void> {
    await this.#source.close()
  }
}
