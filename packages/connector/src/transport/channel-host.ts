import type { MessagePort } from 'node:worker_threads'
import { type Channel, openChannel } from './channel.ts'
import { type FromThread, movable, type ToThread } from './thread-messages.ts'
import type { SentCall } from './unary-channel.ts'

/** Hosts channels for another thread: the counterpart of `TransportThread`. */
export class ChannelHost {
  readonly #port: MessagePort
  readonly #channels = new Map<number, Channel>()
  readonly #calls = new Map<number, SentCall>()

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', (message: ToThread) => this.#receive(message))
    this.#tell({ kind: 'ready' })
  }

  #receive(message: ToThread): void {
    switch (message.kind) {
      case 'open':
        this.#open(message)
        break
      case 'call':
        this.#call(message)
        break
      case 'cancel':
        this.#calls.get(message.id)?.cancel()
        break
      case 'close':
        this.#channels.get(message.channel)?.close()
        this.#channels.delete(message.channel)
        break
      case 'end':
        this.#end()
        break
    }
  }

  #open({ channel: number, options }: ToThread & { kind: 'open' }): void {
    const channel = openChannel(options)
    this.#channels.set(number, channel)
    let usable = channel.usable
    channel.onChange(() => {
      if (channel.usable === usable) return
      usable = channel.usable
      this.#tell({ kind: 'usable', channel: number, usable })
    })
  }

  #call({ channel, id, call }: ToThread & { kind: 'call' }): void {
    const sent = this.#channels.get(channel)!.send(call)
    this.#calls.set(id, sent)
    void sent.answer.then((answer) => {
      // A caller that abandoned the call ignores its answer.
      this.#calls.delete(id)
      this.#tell({ kind: 'answered', id, answer }, answer.kind === 'message' ? movable(answer.bytes) : [])
    })
  }

  /**
   * Closing the port ends the thread after its connections are closed. Deno cannot close a port, so the thread exits.
   */
  #end(): void {
    for (const channel of this.#channels.values()) channel.close()
    if (typeof this.#port.close === 'function') this.#port.close()
    else setImmediate(() => process.exit())
  }

  #tell(message: FromThread, moved: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, moved)
  }
}
