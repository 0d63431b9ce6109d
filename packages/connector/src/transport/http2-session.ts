import { type ClientHttp2Session, connect } from 'node:http2'
import type { Socket } from 'node:net'

/** The memory of the process limits a session, not HTTP/2's own account of it. */
const SESSION_MEMORY_MB = Number.MAX_SAFE_INTEGER

/** A session needs an address to be made, but uses the socket that it is given, and sends what its requests say. */
const UNUSED_ADDRESS = 'http://localhost'

/** Speaks HTTP/2 over a socket. The server may send `windowBytes` of each answer before it must wait. */
export function startSession(socket: Socket, windowBytes: number): ClientHttp2Session {
  const session = connect(UNUSED_ADDRESS, {
    createConnection: () => socket,
    maxSessionMemory: SESSION_MEMORY_MB,
    settings: { enablePush: false, initialWindowSize: windowBytes },
  })
  session.once('remoteSettings', () => widenWindow(session, windowBytes))
  return session
}

/**
 * Waits for the server's SETTINGS: before them nothing shows that it speaks HTTP/2, nor how many streams it takes.
 * @throws what ended the session, or the signal's reason
 */
export function greeted(session: ClientHttp2Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void) => {
      session.off('remoteSettings', onSettings)
      session.off('error', reject)
      session.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
      settled()
    }
    const onSettings = () => settle(resolve)
    const onClose = () => settle(() => reject(closedEarly()))
    const onAbort = () => settle(() => reject(signal.reason))
    session.on('remoteSettings', onSettings)
    session.on('error', reject)
    session.on('close', onClose)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
}

/** Widens the window of all answers together. A runtime without that setting is slower on large results, nothing more. */
function widenWindow(session: ClientHttp2Session, bytes: number): void {
  try {
    session.setLocalWindowSize(bytes)
  } catch {
    return
  }
}

const closedEarly = () =>
  Object.assign(new Error('the server closed the connection before it spoke HTTP/2'), { code: 'ERR_NO_SETTINGS' })
