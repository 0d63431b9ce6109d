import type { Socket } from 'node:net'

/**
 * Resolves when a socket has come as far as `event`; one that does not is destroyed. From then on its errors need no other
 * listener: whoever uses it sees it close.
 * @throws the socket's error, or the signal's reason
 */
export function socketReady<Connecting extends Socket>(
  socket: Connecting,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<Connecting> {
  socket.on('error', ignoreError)
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      socket.off(event, settle)
      socket.off('error', settle)
      socket.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
      if (error === undefined) return resolve(socket)
      socket.destroy()
      reject(error)
    }
    const onClose = () => settle(Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' }))
    const onAbort = () => settle(signal.reason)
    socket.once(event, settle)
    socket.once('error', settle)
    socket.once('close', onClose)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
}

/** A socket that fails is closed next. */
export function ignoreError(): void {
  // Without a listener the process would end.
}
