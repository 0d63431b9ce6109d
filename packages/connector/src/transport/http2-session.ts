import { type ClientHttp2Session, connect } from 'node:http2'
import type { Socket } from 'node:net'
import { eventOf } from './socket-events.ts'

/** Only the memory of the process limits a session, not HTTP/2's own accounting. */
const SESSION_MEMORY_MB = Number.MAX_SAFE_INTEGER

/** A session requires an address, but uses the given socket and the headers of its requests. */
const UNUSED_ADDRESS = 'http://localhost'

/** Starts an HTTP/2 session on a socket. The server may send `windowBytes` of each answer before it must wait. */
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
 * Waits for the server's SETTINGS, which prove that it speaks HTTP/2 and set the number of streams it accepts.
 * @throws the error that ended the session, or the signal's reason
 */
export function greeted(session: ClientHttp2Session, signal: AbortSignal): Promise<void> {
  const closed = new Error('the server closed the connection before it sent HTTP/2 settings')
  return eventOf(session, 'remoteSettings', Object.assign(closed, { code: 'ERR_NO_SETTINGS' }), signal)
}

/** Widens the window for all answers together. A runtime without that setting is only slower on large results. */
function widenWindow(session: ClientHttp2Session, bytes: number): void {
  try {
    session.setLocalWindowSize(bytes)
  } catch {
    return
  }
}
