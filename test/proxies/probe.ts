import { type ClientHttp2Session, connect } from 'node:http2'
import { DEPLOYMENTS, type Deployment, isServed, type Routes, WORKS, type Work } from './routes.ts'
import { waitFor } from './waiting.ts'

const PROBE_TIMEOUT_MS = 2_000
/** A message of no bytes. */
const EMPTY_MESSAGE = Buffer.alloc(5)

/** Waits until new connections to a proxy meet these routes. */
export async function waitUntilServing(port: number, routes: Routes, assertRunning: () => void): Promise<void> {
  await waitFor(`the proxy on port ${port} taking up its routes`, async () => {
    assertRunning()
    return (await meets(port, routes)) && (await meets(port, routes))
  })
}

async function meets(port: number, routes: Routes): Promise<boolean> {
  const session = connect(`http://127.0.0.1:${port}`)
  // A proxy that does not listen yet: the requests fail too.
  session.on('error', () => session.destroy())
  try {
    const answers = await Promise.all(
      DEPLOYMENTS.flatMap((deployment) =>
        WORKS.map(async (work) => {
          const status = await statusOf(session, deployment, work)
          return status === (isServed(routes, deployment, work) ? 200 : 456)
        }),
      ),
    )
    return answers.every(Boolean)
  } finally {
    session.destroy()
  }
}

/** The HTTP status of a call; `undefined` when there was no answer. */
function statusOf(session: ClientHttp2Session, strategy: Deployment, work: Work): Promise<number | undefined> {
  return new Promise((resolve) => {
    if (session.destroyed || session.closed) return resolve(undefined)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/QueryEngineService/healthCheck',
      'content-type': 'application/grpc',
      te: 'trailers',
      strategy,
      ...(work === 'running' ? { plannerip: 'probe' } : {}),
    })
    stream.setTimeout(PROBE_TIMEOUT_MS, () => stream.close())
    stream.on('response', (headers) => resolve(headers[':status']))
    stream.on('error', () => resolve(undefined))
    stream.on('close', () => resolve(undefined))
    stream.resume()
    stream.end(EMPTY_MESSAGE)
  })
}
