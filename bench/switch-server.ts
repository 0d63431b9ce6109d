import { ServerProcess } from '../test/independent-server/server-process.ts'

export type Deployment = 'blue' | 'green'

/** A cluster of two deployments in a process of its own, moved from one to the other as an operator would. */
export class SwitchServer implements AsyncDisposable {
  readonly #server: ServerProcess
  #active: Deployment = 'blue'

  private constructor(server: ServerProcess) {
    this.#server = server
  }

  static async start(): Promise<SwitchServer> {
    const server = new SwitchServer(await ServerProcess.start())
    await server.#serve('blue')
    return server
  }

  get port(): number {
    return this.#server.port
  }

  /** Announces the other deployment, which takes work at once. */
  async announce(): Promise<void> {
    await this.#serve('blue', 'green')
    await this.#server.command({ do: 'announce', from: this.#active, to: other(this.#active) })
  }

  /** The deployment that was announced is the only one from now on. */
  async cutOver(): Promise<void> {
    await this.#server.command({ do: 'announce', from: this.#active, to: null })
    this.#active = other(this.#active)
    await this.#serve(this.#active)
  }

  /** No deployment takes anything, until `open`. */
  async close(): Promise<void> {
    await this.#serve()
  }

  async open(): Promise<void> {
    await this.#serve(this.#active)
  }

  /** Logins that were accepted or refused so far. */
  async logins(): Promise<number> {
    const { logins } = (await this.#server.command({ do: 'figures' })) as { logins: Record<Deployment, number> }
    return logins.blue + logins.green
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }

  async #serve(...strategies: Deployment[]): Promise<void> {
    await this.#server.command({ do: 'serve', strategies })
  }
}

const other = (deployment: Deployment): Deployment => (deployment === 'blue' ? 'green' : 'blue')
