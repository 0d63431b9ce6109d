import type { Server } from 'node:net'

/** The only address that this cluster's servers listen on. */
export const LOOPBACK = '127.0.0.1'

/** The port is in use. */
export class AddressInUseError extends Error {
  readonly code = 'E6_LOCAL_ADDRESS_IN_USE'
  constructor(
    readonly host: string,
    readonly port: number,
    cause: unknown,
  ) {
    super(`${host}:${port} is in use: is a local cluster running already? Stop it, or choose another port`, { cause })
    this.name = 'AddressInUseError'
  }
}

/** Listens on the loopback interface. @throws AddressInUseError when the port is in use. */
export function listenOnLoopback(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new AddressInUseError(LOOPBACK, port, error) : error)
    }
    server.once('error', fail)
    server.listen(port, LOOPBACK, () => {
      server.off('error', fail)
      resolve()
    })
  })
}
