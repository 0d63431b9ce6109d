import { type ClientHttp2Session, connect } from 'node:http2'
import type { Socket } from 'node:net'
import { eventOf } from './socket-events.ts'

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
  const closed = new Error('the server closed the connection before it spoke HTTP/2')
  return eventOf(session, 'remoteSettings', Object.assign(closed, { code: 'ERR_NO_SETTINGS' }), signal)
}

/** Widens the window of all answers together. A runtime without that setting is slower on large results, nothing more. */
function widenWindow(session: ClientHttp2Session, bytes: number): void {
  try {
    session.setLocalWindowSize(bytes)
  } catch {
    return
  }
}
