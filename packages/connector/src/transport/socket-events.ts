import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

/**
 * Waits for an event of a connecting emitter.
 * @throws its error, `closed` when it closes first, or the signal's reason
 */
export function eventOf(emitter: EventEmitter, event: string, closed: Error, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      emitter.off(event, onEvent)
      emitter.off('error', settle)
      emitter.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onEvent = () => settle()
    const onClose = () => settle(closed)
    const onAbort = () => settle(signal.reason)
    emitter.on(event, onEvent)
    emitter.on('error', settle)
    emitter.on('close', onClose)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
}

/**
 * Resolves when a socket emits `event`; otherwise destroys the socket. From then on its errors need no other listener,
 * because its user sees it close.
 * @throws the socket's error, or the signal's reason
 */
export async function socketReady<Connecting extends Socket>(
  socket: Connecting,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<Connecting> {
  socket.on('error', ignoreError)
  const closed = Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' })
  try {
    await eventOf(socket, event, closed, signal)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** A failed socket closes next, and the close is handled. */
export function ignoreError(): void {
  // Without a listener the process would end.
}

/** The message of a socket or session error, with its code: `fault-error.ts` chooses the advice by code. */
export function errorReason(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return code === undefined || message.includes(code) ? message : `${message} (${code})`
}
