import type { FromEngineProcess } from './engine-process-messages.ts'
import type { Write, WriteOrder } from './write-order.ts'

interface Waiting {
  begin(): void
  finish(): void
}

/** Requests a turn from the cluster for each write, since the other engine has its own copy of the data. */
export class ProcessWriteOrder implements WriteOrder {
  readonly #waiting = new Map<number, Waiting>()
  #sequence = 0

  constructor(private readonly send: (message: FromEngineProcess) => void) {}

  async run<Value>(write: Write, work: () => Promise<Value>): Promise<Value> {
    this.#sequence += 1
    const id = this.#sequence
    let finish = (): void => undefined
    const done = new Promise<void>((resolve) => {
      finish = resolve
    })
    await new Promise<void>((begin) => {
      this.#waiting.set(id, { begin, finish })
      this.send({ kind: 'request write turn', id })
    })
    try {
      const value = await work()
      this.send({ kind: 'written', id, write })
      await done
      return value
    } catch (error) {
      this.send({ kind: 'written', id, write: undefined })
      throw error
    } finally {
      this.#waiting.delete(id)
    }
  }

  turn(id: number): void {
    this.#waiting.get(id)?.begin()
  }

  done(id: number): void {
    this.#waiting.get(id)?.finish()
  }
}
