import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClientProcess } from './client-process.ts'
import type { ClientOrder } from './client-program.ts'
import type { Achieved } from './verdict.ts'

/** Client processes that share what they know of the cluster. */
export const PROCESSES = 4

/** From one kill to the next, in milliseconds. */
const KILL_EVERY_MS = 25_000

/** The client processes of a run; the last of them is killed and replaced at times. */
export class Fleet {
  readonly historyPaths: string[] = []
  readonly #order: (process: number) => ClientOrder
  /** Those that run, by name; the last of them is the youngest. */
  readonly #current = new Map<string, ClientProcess>()
  readonly #all: { readonly name: string; readonly client: ClientProcess; livedMs: number }[] = []
  readonly #peers: string[] = []
  killed = 0

  constructor(
    common: Omit<ClientOrder, 'workers' | 'peers' | 'seed' | 'historyPath'>,
    folder: string,
    workers: number,
  ) {
    const workersEach = workers / PROCESSES
    this.#order = (index) => {
      const name = `c${index}`
      const names = Array.from({ length: workersEach }, (_, worker) => `${name}-${worker}`)
      this.#peers.push(...names)
      const historyPath = `${folder}/history-${name}.jsonl`
      writeFileSync(historyPath, '') // it may be killed before it writes anything
      this.historyPaths.push(historyPath)
      return { ...common, workers: names, peers: [...this.#peers], seed: index * workersEach + 1, historyPath }
    }
    for (let process = 1; process <= PROCESSES; process++) this.#start()
  }

  get current(): ReadonlyMap<string, ClientProcess> {
    return this.#current
  }

  /** Resolves when all that run are at work. */
  async ready(): Promise<void> {
    await Promise.all([...this.#current.values()].map((client) => client.ready))
  }

  /** Everything that any of them has counted. */
  get achieved(): Achieved['clients'] {
    return this.#all.map(({ name, client, livedMs }) => ({ name, livedMs, counts: client.counts }))
  }

  /** The names of all workers there have been. */
  get workers(): readonly string[] {
    return this.#peers
  }

  /** Kills one at times and starts another in its place, until told to stop. */
  async killAtTimes(stop: AbortSignal): Promise<void> {
    while (await pause(KILL_EVERY_MS, stop)) {
      const [name, client] = [...this.#current].at(-1)!
      await client.ready // one that is killed while it starts shows nothing
      await client.kill()
      this.#ended(name)
      this.killed += 1
      this.#start()
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#current.values()].map((client) => client.stop()))
    for (const name of [...this.#current.keys()]) this.#ended(name)
  }

  #start(): void {
    const number = this.#all.length + 1
    const name = `client-${number}`
    const client = new ClientProcess(this.#order(number))
    this.#current.set(name, client)
    this.#all.push({ name, client, livedMs: 0 })
  }

  #ended(name: string): void {
    const client = this.#current.get(name)
    this.#current.delete(name)
    for (const entry of this.#all)
      if (client?.readyAt && entry.client === client) entry.livedMs = performance.now() - client.readyAt
  }
}

/** Returns false when told to stop. */
async function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal: stop })
    return true
  } catch {
    return !stop.aborted // the only way to be woken early
  }
}
