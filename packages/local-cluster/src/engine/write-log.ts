import type { ChildHost, WriteTurns } from './child-host.ts'
import type { Write } from './write-order.ts'

/**
 * Replicates writes between engines in separate processes. The cluster runs one write at a time, on the engine that
 * received it and then on the other. A restarted engine applies the writes that it missed.
 */
export class WriteLog implements WriteTurns {
  readonly #writes: Write[] = []
  readonly #written = new Map<string, (write: Write | undefined) => void>()
  #turn: Promise<void> = Promise.resolve()

  constructor(
    private readonly runningHosts: () => readonly ChildHost[],
    /** Called for a write that succeeded on one engine and failed on the other: their data differ from then on. */
    private readonly onDivergence: (write: Write, error: unknown) => void,
  ) {}

  /** All writes so far, oldest first. */
  get writes(): readonly Write[] {
    return this.#writes
  }

  request(host: ChildHost, id: number): void {
    this.#turn = this.#turn.then(() => this.#take(host, id))
  }

  written(host: ChildHost, id: number, write: Write | undefined): void {
    this.#written.get(keyOf(host, id))?.(write)
  }

  /** Runs work while no write is running. */
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
