import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A balancer of TCP connections: each new one goes to the next of the targets, in turn, and stays there. */
export class TcpBalancer implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #targets: readonly number[]
  readonly #forgotten = new WeakSet<Socket>()
  #connections = 0
  readonly #bytes = { toTarget: 0, toClient: 0 }

  private constructor(targets: readonly number[]) {
    this.#targets = targets
    this.#server = createServer((client) => this.#pass(client))
  }

  /** @param targets ports of the loopback interface */
  static async listen(targets: readonly number[]): Promise<TcpBalancer> {
    const balancer = new TcpBalancer(targets)
    balancer.#server.listen(0, '127.0.0.1')
    await once(balancer.#server, 'listening')
    return balancer
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections taken since it began to listen. */
  get connections(): number {
    return this.#connections
  }

  /** Sockets that are open, on both sides. */
  get openSockets(): number {
    return this.#sockets.size
  }

  /** Bytes passed on so far, each way. */
  get bytes(): { toTarget: number; toClient: number } {
    return { ...this.#bytes }
  }

  /**
   * Forgets every flow, as a balancer does after its idle timeout: neither side is notified, and the next packet gets a
   * reset.
   */
  forgetFlows(): void {
    for (const socket of this.#sockets) this.#forgotten.add(socket)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass(client: Socket): void {
    const target = connect(this.#targets[this.#connections % this.#targets.length]!, '127.0.0.1')
    this.#connections += 1
    this.#relay(client, target, 'toTarget')
    this.#relay(target, client, 'toClient')
  }

  #relay(from: Socket, to: Socket, way: 'toTarget' | 'toClient'): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (bytes) => {
      if (this.#forgotten.has(from)) return void from.resetAndDestroy()
      this.#bytes[way] += bytes.length
      if (!to.write(bytes)) from.pause()
    })
    to.on('drain', () => from.resume())
    from.on('end', () => to.end())
    // An error is followed by 'close'.
    from.on('error', () => from.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      if (!this.#forgotten.has(from)) to.destroy()
    })
  }
}
