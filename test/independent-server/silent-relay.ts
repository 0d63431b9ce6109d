import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * A TCP relay in front of an address of loopback. Connections through it can go silent, as they do when a machine loses
 * power or a NAT forgets them: nothing arrives any more, without notice.
 */
export class SilentRelay implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#relay(socket))
  readonly #sockets = new Set<Socket>()
  readonly #silent = new Set<Socket>()
  readonly #target: number
  /** Connections that were ever opened through it. */
  opened = 0

  private constructor(targetPort: number) {
    this.#target = targetPort
  }

  static async to(targetPort: number): Promise<SilentRelay> {
    const relay = new SilentRelay(targetPort)
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve))
    return relay
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Makes the connections of now silent. New ones work. */
  silence(): void {
    for (const socket of this.#sockets) this.#silent.add(socket)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #relay(near: Socket): void {
    this.opened += 1
    const far = connect(this.#target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.on('data', (bytes) => {
        if (!this.#silent.has(from)) to.write(bytes)
      })
      from.on('error', () => from.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        if (!this.#silent.delete(from)) to.destroy()
      })
    }
  }
}
