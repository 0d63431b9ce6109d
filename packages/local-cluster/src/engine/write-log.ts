import type { ChildHost, WriteTurns } from './child-host.ts'
import type { Write } from './write-order.ts'

/**
 * Keeps engines in separate processes on the same data: one write at a time over the whole cluster, done by the engine
 * that was asked and then by the other. An engine that was dead meanwhile does them all when it starts again.
 */
export class WriteLog implements WriteTurns {
  readonly #writes: Write[] = []
  readonly #written = new Map<string, (write: Write | undefined) => void>()
  #turn: Promise<void> = Promise.resolve()

  constructor(
    private readonly runningHosts: () => readonly ChildHost[],
    /** Hears of writes that one engine did and the other could not, so that their data now differ. */
    private readonly onDivergence: (write: Write, error: unknown) => void,
  ) {}

  /** Everything written so far, oldest first. */
  get writes(): readonly Write[] {
    return this.#writes
  }

  request(host: ChildHost, id: number): void {
    this.#turn = this.#turn.then(() => this.#take(host, id))
  }

  written(host: ChildHost, id: number, write: Write | undefined): void {
    this.#written.get(keyOf(host, id))?.(write)
  }

  /** Runs something while no write is under way. */
  async quietly(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    await turn
  }

  async #take(host: ChildHost, id: number): Promise<void> {
    const key = keyOf(host, id)
    const written = new Promise<Write | undefined>((resolve) => {
      this.#written.set(key, resolve)
      void host.exited.then(() => resolve(undefined))
    })
    host.send({ kind: 'write turn', id })
    const write = await written
    this.#written.delete(key)
    if (write !== undefined) {
      this.#writes.push(write)
      const others = this.runningHosts().filter((other) => other !== host)
      await Promise.all(
        others.map((other) => other.applyWrite(write).catch((error) => this.onDivergence(write, error))),
      )
    }
    host.send({ kind: 'write done', id })
  }
}

function keyOf(host: ChildHost, id: number): string {
  return `${host.pid}/${id}`
}
