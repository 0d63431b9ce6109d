import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP relay on loopback that makes an address as far away as a delay each way. */
export class DelayingRelay implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#relay(socket))
  readonly #sockets = new Set<Socket>()
  readonly #targetPort: number
  readonly #delayMs: number
  #waits = 0

  private constructor(targetPort: number, delayMs: number) {
    this.#targetPort = targetPort
    this.#delayMs = delayMs
  }

  /** @param delayMs how long bytes take in one direction, in milliseconds */
  static async to(targetPort: number, delayMs: number): Promise<DelayingRelay> {
    const relay = new DelayingRelay(targetPort, delayMs)
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve))
    return relay
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** How often a client has sent something after an answer, or first of all: each is a wait of one round trip. */
  get waits(): number {
    return this.#waits
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #relay(near: Socket): void {
    const far = connect(this.#targetPort, '127.0.0.1')
    // A handshake over such a link is a round trip, which a connection to this relay is not.
    const openAt = performance.now() + 2 * this.#delayMs
    // Whether something has reached the client since it last sent anything.
    let isAnswered = true
    near.on('data', () => {
      if (isAnswered) this.#waits += 1
      isAnswered = false
    })
    this.#pass(near, far, openAt)
    this.#pass(far, near, openAt, () => {
      isAnswered = true
    })
  }

  #pass(from: Socket, to: Socket, openAt: number, onArrival = (): void => undefined): void {
    const link = new Link(this.#delayMs, openAt)
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (bytes) =>
      link.carry(() => {
        onArrival()
        to.write(bytes)
      }),
    )
    from.on('error', () => from.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      link.carry(() => to.destroy())
    })
  }
}

/** One direction of a connection: what goes in comes out later, in the same order. */
class Link {
  readonly #delayMs: number
  readonly #openAt: number
  readonly #underWay: { readonly arrivesAt: number; readonly arrive: () => void }[] = []

  constructor(delayMs: number, openAt: number) {
    this.#delayMs = delayMs
    this.#openAt = openAt
  }

  carry(arrive: () => void): void {
    const leavesAt = Math.max(performance.now(), this.#openAt)
    this.#underWay.push({ arrivesAt: leavesAt + this.#delayMs, arrive })
    if (this.#underWay.length === 1) this.#wait()
  }

  #wait(): void {
    const [next] = this.#underWay
    if (next) setTimeout(() => this.#deliver(), Math.max(next.arrivesAt - performance.now(), 0))
  }

  #deliver(): void {
    while (this.#underWay[0] && this.#underWay[0].arrivesAt <= performance.now()) this.#underWay.shift()!.arrive()
    this.#wait()
  }
}
