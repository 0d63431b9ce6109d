import { isStrategy, type Strategy } from '../deployment/strategy.ts'
import type { FaultHandle } from '../faults/fault-registry.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { AdminError } from './admin-error.ts'
import { readFault } from './fault-request.ts'
import { given, RequestFields, wholeNumberIn } from './request-fields.ts'

/** A request of the admin API, taken apart. */
export interface AdminRequest {
  cluster: LocalCluster
  /** What stood in the place of `:name` in the path. */
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  /** The JSON body; an empty object when there was none. */
  body: unknown
}

export interface AdminRoute {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  /** What it does, in one line. */
  does: string
  handle(request: AdminRequest): Promise<unknown>
  /** What is done once the answer has been sent. */
  afterwards?(cluster: LocalCluster): void
}

/** Everything the admin API can do. Answers are JSON. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/api/state',
    does: 'where the cluster stands',
    handle: async ({ cluster }) => stateOf(cluster),
  },
  {
    method: 'GET',
    path: '/api/calls',
    does: 'what the servers saw; ?after=SEQUENCE&limit=N',
    handle: async ({ cluster, query }) => {
      const after = wholeNumberIn(query, 'after', 0)
      const limit = wholeNumberIn(query, 'limit', 1000)
      return {
        calls: cluster
          .calls()
          .filter(({ sequence }) => sequence > after)
          .slice(0, limit),
      }
    },
  },
  {
    method: 'DELETE',
    path: '/api/calls',
    does: 'forgets the calls seen so far',
    handle: ({ cluster }) => done(cluster, () => cluster.clearCalls()),
  },
  {
    method: 'GET',
    path: '/api/sessions',
    does: 'the sessions of both engines',
    handle: async ({ cluster }) => ({ sessions: await cluster.sessions() }),
  },
  {
    method: 'DELETE',
    path: '/api/sessions',
    does: 'expires every session; ?strategy=STRATEGY for one engine',
    handle: ({ cluster, query }) =>
      done(cluster, () => cluster.expireSessions(strategyIn(query.get('strategy') ?? undefined))),
  },
  {
    method: 'DELETE',
    path: '/api/sessions/:id',
    does: 'revokes one session',
    handle: async ({ cluster, params }) => found(await cluster.revokeSession(params.id ?? ''), 'session'),
  },
  {
    method: 'POST',
    path: '/api/sessions/:id/renew',
    does: 'gives a session another id with the next answer',
    handle: async ({ cluster, params }) => found(await cluster.renewSession(params.id ?? ''), 'session'),
  },
  {
    method: 'GET',
    path: '/api/queries',
    does: 'running queries, then some that have ended',
    handle: async ({ cluster }) => ({ queries: await cluster.queries() }),
  },
  {
    method: 'DELETE',
    path: '/api/queries/:id',
    does: 'cancels a query',
    handle: async ({ cluster, params }) => found(await cluster.cancelQuery(params.id ?? ''), 'query'),
  },
  {
    method: 'GET',
    path: '/api/faults',
    does: 'the faults in force',
    handle: async ({ cluster }) => ({ faults: cluster.faults().map(describeFault) }),
  },
  {
    method: 'POST',
    path: '/api/faults',
    does: 'injects a fault: the body is what inject() takes',
    handle: async ({ cluster, body }) => describeFault(cluster.inject(readFault(body))),
  },
  {
    method: 'DELETE',
    path: '/api/faults',
    does: 'takes every fault out',
    handle: ({ cluster }) => done(cluster, () => cluster.clearFaults()),
  },
  {
    method: 'DELETE',
    path: '/api/faults/:id',
    does: 'takes one fault out',
    handle: async ({ cluster, params }) => {
      faultOf(cluster, params.id).remove()
      return { done: true }
    },
  },
  {
    method: 'POST',
    path: '/api/faults/:id/release',
    does: 'lets go of the calls a fault holds',
    handle: async ({ cluster, params }) => {
      faultOf(cluster, params.id).release()
      return { done: true }
    },
  },
  {
    method: 'POST',
    path: '/api/deployment/announce',
    does: 'announces a deployment: { strategy?, accepting? }',
    handle: ({ cluster, body }) => {
      const fields = fieldsOf(body)
      const options = given({ accepting: fields.boolean('accepting') })
      return done(cluster, () => cluster.announce(fields.strategy('strategy'), options))
    },
  },
  {
    method: 'POST',
    path: '/api/deployment/accept',
    does: 'lets the coming deployment take clients: { strategy }',
    handle: ({ cluster, body }) => done(cluster, () => cluster.accept(needStrategy(body))),
  },
  {
    method: 'POST',
    path: '/api/deployment/cut-over',
    does: 'moves new work to the other deployment: { accepting? }',
    handle: ({ cluster, body }) => {
      const options = given({ accepting: fieldsOf(body).boolean('accepting') })
      return done(cluster, () => cluster.cutOver(options))
    },
  },
  {
    method: 'POST',
    path: '/api/deployment/retire',
    does: 'ends the draining deployment: { strategy }',
    handle: ({ cluster, body }) => done(cluster, () => cluster.retire(needStrategy(body))),
  },
  {
    method: 'POST',
    path: '/api/deployment/roll-back',
    does: 'takes the deployment back',
    handle: ({ cluster }) => done(cluster, () => cluster.rollBack()),
  },
  {
    method: 'POST',
    path: '/api/deployment/deploy',
    does: 'runs a whole deployment: { acceptAfterMs?, cutOverAfterMs?, drainTimeoutMs? }',
    handle: ({ cluster, body }) => {
      const fields = fieldsOf(body)
      const options = given({
        acceptAfterMs: fields.milliseconds('acceptAfterMs'),
        cutOverAfterMs: fields.milliseconds('cutOverAfterMs'),
        drainTimeoutMs: fields.milliseconds('drainTimeoutMs'),
      })
      return done(cluster, () => cluster.deploy(options))
    },
  },
  {
    method: 'POST',
    path: '/api/suspend',
    does: 'suspends the cluster',
    handle: ({ cluster }) => done(cluster, () => cluster.suspend()),
  },
  {
    method: 'POST',
    path: '/api/resume',
    does: 'resumes it, and answers when it is active',
    handle: ({ cluster }) => done(cluster, () => cluster.resume()),
  },
  {
    method: 'POST',
    path: '/api/engines/:strategy/kill',
    does: 'ends an engine as a crash does',
    handle: ({ cluster, params }) => done(cluster, () => cluster.kill(strategyNamed(params.strategy))),
  },
  {
    method: 'POST',
    path: '/api/engines/:strategy/restart',
    does: 'starts an engine again',
    handle: ({ cluster, params }) => done(cluster, () => cluster.restart(strategyNamed(params.strategy))),
  },
  {
    method: 'POST',
    path: '/api/connections/drop',
    does: "cuts every client's connection",
    handle: ({ cluster }) => done(cluster, () => cluster.dropConnections()),
  },
  {
    method: 'POST',
    path: '/api/close',
    does: 'stops the cluster, once it has answered',
    handle: async ({ cluster }) => stateOf(cluster),
    afterwards: (cluster) => void cluster.close(),
  },
]

/** The cluster as the API shows it. It holds no token. */
export function stateOf(cluster: LocalCluster) {
  return {
    deployment: cluster.state,
    availability: cluster.availability,
    engines: cluster.engines,
    host: cluster.host,
    port: cluster.port,
    username: cluster.username,
    catalog: cluster.catalog,
    database: cluster.database,
    clusterName: cluster.clusterName,
  }
}

/** Does something and answers with the state it led to. */
async function done(cluster: LocalCluster, work: () => void | Promise<void>) {
  await work()
  return stateOf(cluster)
}

function found(there: boolean, what: string): { done: true } {
  if (!there) throw new AdminError(404, 'not_found', `there is no such ${what}`)
  return { done: true }
}

function fieldsOf(body: unknown): RequestFields {
  if (typeof body !== 'object' || body === null) throw new AdminError(400, 'bad_body', 'the body must be a JSON object')
  return new RequestFields(body as Record<string, unknown>)
}

function needStrategy(body: unknown): Strategy {
  return strategyNamed(fieldsOf(body).strategy('strategy'))
}

function strategyIn(text: string | undefined): Strategy | undefined {
  return text === undefined ? undefined : strategyNamed(text)
}

function strategyNamed(text: string | undefined): Strategy {
  if (isStrategy(text)) return text
  throw new AdminError(400, 'bad_strategy', "a strategy must be given: 'blue' or 'green'")
}

function faultOf(cluster: LocalCluster, id: string | undefined): FaultHandle {
  const handle = cluster.faults().find((fault) => String(fault.id) === id)
  if (handle === undefined) throw new AdminError(404, 'not_found', 'there is no such fault')
  return handle
}

function describeFault({ id, fault, fired, holding }: FaultHandle) {
  return { id, fired, holding, fault }
}
