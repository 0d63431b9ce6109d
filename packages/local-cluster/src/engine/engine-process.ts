import { rmSync } from 'node:fs'
import { loadData } from '../data/data-source.ts'
import { applyWrite } from './apply-write.ts'
import { Engine } from './engine.ts'
import type { FromEngineProcess, ToEngineProcess } from './engine-process-messages.ts'
import { EngineSocket } from './engine-socket.ts'
import { ProcessWriteOrder } from './process-write-order.ts'
import { Warehouse } from './warehouse.ts'

/** An engine in its own process, controlled over the channel to the parent process. */
export class EngineProcess {
  readonly #writes = new ProcessWriteOrder(send)
  #running: { engine: Engine; warehouse: Warehouse } | undefined

  /** @param folder the cluster's private folder. */
  constructor(private readonly folder: string) {}

  /** Handles messages from the parent process until the channel closes. */
  obeyParent(): void {
    process.on('message', (message: ToEngineProcess) => {
      this.#obey(message).catch((error: unknown) => send({ kind: 'failed to start', message: messageOf(error) }))
    })
    process.on('disconnect', () => this.#end())
    // Ctrl-C in a terminal reaches every process of the group: the cluster decides when its engines end.
    process.on('SIGINT', () => undefined)
  }

  /**
   * The channel closes when the cluster's process ends, even by a kill: this process must remove its files.
   * Statements may still run in threads of their own, which an orderly exit would wait for.
   */
  #end(): void {
    try {
      rmSync(this.folder, { recursive: true, force: true })
    } finally {
      process.kill(process.pid, 'SIGKILL')
    }
  }

  async #obey(message: ToEngineProcess): Promise<void> {
    switch (message.kind) {
      case 'start':
        return this.#start(message)
      case 'generate':
        return this.#generate(message)
      case 'control':
        return this.#answer(message.id, (engine) => {
          const control = engine[message.method] as (...args: readonly unknown[]) => Promise<unknown>
          return control.apply(engine, [...message.args])
        })
      case 'apply write':
        return this.#answer(message.id, (_engine, warehouse) => applyWrite(warehouse, message.write))
      case 'write turn':
        return this.#writes.turn(message.id)
      case 'write done':
        return this.#writes.done(message.id)
    }
  }

  async #start(message: Extract<ToEngineProcess, { kind: 'start' }>): Promise<void> {
    const warehouse = await Warehouse.open(message.warehouse)
    for (const write of message.missedWrites) await applyWrite(warehouse, write)
    const engine = new Engine(message.options, warehouse, this.#writes)
    await EngineSocket.listen(message.address, engine.handle)
    this.#running = { engine, warehouse }
    send({ kind: 'started' })
  }

  async #generate(message: Extract<ToEngineProcess, { kind: 'generate' }>): Promise<void> {
    const warehouse = await Warehouse.open({ ...message.warehouse, readFiles: 'anywhere' })
    const connection = await warehouse.connect()
    await loadData(connection, message.source)
    connection.disconnectSync()
    await warehouse.detach()
    send({ kind: 'generated' })
  }

  async #answer(id: number, work: (engine: Engine, warehouse: Warehouse) => Promise<unknown>): Promise<void> {
    try {
      if (this.#running === undefined) throw new Error('the engine has not started yet')
      send({ kind: 'answer', id, value: await work(this.#running.engine, this.#running.warehouse) })
    } catch (error) {
      send({ kind: 'failure', id, message: messageOf(error) })
    }
  }
}

function send(message: FromEngineProcess): void {
  process.send?.(message)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
