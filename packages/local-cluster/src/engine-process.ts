import { loadData } from './data/data-source.ts'
import { applyWrite } from './engine/apply-write.ts'
import { Engine } from './engine/engine.ts'
import type { FromEngineProcess, ToEngineProcess } from './engine/engine-process-messages.ts'
import { EngineSocket } from './engine/engine-socket.ts'
import { ProcessWriteOrder } from './engine/process-write-order.ts'
import { Warehouse } from './engine/warehouse.ts'

/** An engine that has started. */
interface Running {
  engine: Engine
  warehouse: Warehouse
}

const send = (message: FromEngineProcess): void => {
  process.send?.(message)
}

const writes = new ProcessWriteOrder(send)
let running: Running | undefined

async function start(message: Extract<ToEngineProcess, { kind: 'start' }>): Promise<void> {
  const warehouse = await Warehouse.open(message.warehouse)
  for (const write of message.missedWrites) await applyWrite(warehouse, write)
  const engine = new Engine(message.options, warehouse, writes)
  await EngineSocket.listen(message.address, engine.handle)
  running = { engine, warehouse }
  send({ kind: 'started' })
}

async function generate(message: Extract<ToEngineProcess, { kind: 'generate' }>): Promise<void> {
  const warehouse = await Warehouse.open({ ...message.warehouse, readFiles: 'anywhere' })
  const connection = await warehouse.connect()
  await loadData(connection, message.source)
  connection.disconnectSync()
  await warehouse.detach()
  send({ kind: 'generated' })
}

async function answer(id: number, work: () => Promise<unknown>): Promise<void> {
  try {
    send({ kind: 'answer', id, value: await work() })
  } catch (error) {
    send({ kind: 'failure', id, message: messageOf(error) })
  }
}

function started(): Running {
  if (running === undefined) throw new Error('the engine has not started')
  return running
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function obey(message: ToEngineProcess): Promise<void> {
  switch (message.kind) {
    case 'start':
      return start(message)
    case 'generate':
      return generate(message)
    case 'control':
      return answer(message.id, () => {
        const control = started().engine[message.method] as (...args: readonly unknown[]) => Promise<unknown>
        return control.apply(started().engine, [...message.args])
      })
    case 'apply write':
      return answer(message.id, () => applyWrite(started().warehouse, message.write))
    case 'write turn':
      return writes.turn(message.id)
    case 'write done':
      return writes.done(message.id)
  }
}

process.on('message', (message: ToEngineProcess) => {
  obey(message).catch((error: unknown) => send({ kind: 'failed to start', message: messageOf(error) }))
})

// The channel closes when the cluster's process ends, however it ends. Statements may still run in threads of their
// own, which an orderly exit would wait for.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

// Ctrl-C in a terminal reaches every process of the group: the cluster decides when its engines end.
process.on('SIGINT', () => undefined)
