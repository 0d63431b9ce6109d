import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClusterEvents } from '../events/cluster-events.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { stateOf } from './admin-routes.ts'

const EVENT_NAMES: readonly (keyof ClusterEvents)[] = [
  'deployment',
  'availability',
  'engine',
  'fault',
  'divergence',
  'call',
]

/**
 * A reader with this many bytes unread gets no `call` events until it has caught up. A later event counts those left
 * out.
 */
const MOST_BUFFERED_BYTES = 1024 * 1024

/** Interval of the comments that keep proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000

/**
 * Sends the cluster's events as server-sent events: `state` first, then each event by its name, calls once they end.
 * `?events=deployment,engine` selects some of them.
 */
export function streamEvents(
  cluster: LocalCluster,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const wanted = query.get('events')?.split(',')
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  let leftOut = 0
  const send = (name: string, data: unknown) => {
    response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  send('state', stateOf(cluster))
  const listening = EVENT_NAMES.filter((name) => wanted === undefined || wanted.includes(name)).map((name) =>
    cluster.on(name, (event) => {
      if ('outcome' in event && event.outcome === 'under way') return
      if (name === 'call' && response.writableLength > MOST_BUFFERED_BYTES) {
        leftOut += 1
        return
      }
      if (leftOut > 0) send('left-out', { calls: leftOut })
      leftOut = 0
      send(name, event)
    }),
  )
  const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS)
  request.on('close', () => {
    clearInterval(heartbeat)
    for (const stop of listening) stop()
  })
}
