import type { Http2Session } from 'node:http2'

/**
 * Ends a connection without a GOAWAY, in its own turn of the event loop: Node 20 corrupts its memory when a session is
 * destroyed while it handles a frame.
 */
export function breakConnection(session: Http2Session | undefined): void {
  setImmediate(() => session?.destroy())
}
