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

/** A reader this far behind gets no more `call` events until it has caught up; how many were left out is told. */
const MOST_BUFFERED_BYTES = 1024 * 1024

/** Keeps proxies and sleeping laptops from taking a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000

/**
 * Sends what happens as server-sent events: first `state`, then each event by its name, calls once they have ended.
 * `?events=deployment,engine` asks for some of them only.
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
