import { isStrategy, type Strategy } from '../deployment/strategy.ts'
import type { FaultHandle } from '../faults/fault-registry.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { AdminError } from './admin-error.ts'
import { readFault } from './fault-request.ts'
import { given, RequestFields, wholeNumberIn } from './request-fields.ts'

/** The parts of a request to the admin API. */
export interface AdminRequest {
  cluster: LocalCluster
  /** The values of the path's `:name` parts. */
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  /** The JSON body; an empty object when there was none. */
  body: unknown
}

export interface AdminRoute {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  /** Summary in one line, for the list of routes. */
  does: string
  handle(request: AdminRequest): Promise<unknown>
  /** Runs once the answer has been sent. */
  afterwards?(cluster: LocalCluster): void
}

/** The routes of the admin API. Answers are JSON. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/api/state',
    does: 'the state of the cluster',
    handle: async ({ cluster }) => stateOf(cluster),
  },
  {
    method: 'GET',
    path: '/api/calls',
    does: 'the recorded calls; ?after=SEQUENCE&limit=N',
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
    does: 'clears the recorded calls',
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
    does: 'expires all sessions; ?strategy=STRATEGY limits it to one engine',
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
    does: 'renews a session: the next answer carries a new id',
    handle: async ({ cluster, params }) => found(await cluster.renewSession(params.id ?? ''), 'session'),
  },
  {
    method: 'GET',
    path: '/api/queries',
    does: 'running queries, then recent ones',
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
    does: 'the active faults',
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
    does: 'removes all faults',
    handle: ({ cluster }) => done(cluster, () => cluster.clearFaults()),
  },
  {
    method: 'DELETE',
    path: '/api/faults/:id',
    does: 'removes a fault',
    handle: async ({ cluster, params }) => {
      faultOf(cluster, params.id).remove()
      return { done: true }
    },
  },
  {
    method: 'POST',
    path: '/api/faults/:id/release',
    does: 'releases the calls that a fault holds',
    handle: async ({ cluster, params }) => {
      faultOf(cluster, params.id).release()
      return { done: true }
    },
  },
  {
    method: 'POST',
    path: '/api/deployment/announce',
    does: 'announces a strategy: { strategy?, accepting? }',
    handle: ({ cluster, body }) => {
      const fields = fieldsOf(body)
      const options = given({ accepting: fields.boolean('accepting') })
      return done(cluster, () => cluster.announce(fields.strategy('strategy'), options))
    },
  },
  {
    method: 'POST',
    path: '/api/deployment/accept',
    does: 'makes the announced deployment accept clients: { strategy }',
    handle: ({ cluster, body }) => done(cluster, () => cluster.accept(needStrategy(body))),
  },
  {
    method: 'POST',
    path: '/api/deployment/cut-over',
    does: 'routes new work to the other deployment: { accepting? }',
    handle: ({ cluster, body }) => {
      const options = given({ accepting: fieldsOf(body).boolean('accepting') })
      return done(cluster, () => cluster.cutOver(options))
    },
  },
  {
    method: 'POST',
    path: '/api/deployment/retire',
    does: 'retires the draining deployment: { strategy }',
    handle: ({ cluster, body }) => done(cluster, () => cluster.retire(needStrategy(body))),
  },
  {
    method: 'POST',
    path: '/api/deployment/roll-back',
    does: 'rolls the switch back',
    handle: ({ cluster }) => done(cluster, () => cluster.rollBack()),
  },
  {
    method: 'POST',
    path: '/api/deployment/deploy',
    does: 'runs a complete switch: { acceptAfterMs?, cutOverAfterMs?, drainTimeoutMs? }',
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
    does: 'resumes the cluster, and answers when it is active',
    handle: ({ cluster }) => done(cluster, () => cluster.resume()),
  },
  {
    method: 'POST',
    path: '/api/engines/:strategy/kill',
    does: 'kills an engine, as a crash would',
    handle: ({ cluster, params }) => done(cluster, () => cluster.kill(strategyNamed(params.strategy))),
  },
  {
    method: 'POST',
    path: '/api/engines/:strategy/restart',
    does: 'restarts an engine',
    handle: ({ cluster, params }) => done(cluster, () => cluster.restart(strategyNamed(params.strategy))),
  },
  {
    method: 'POST',
    path: '/api/connections/drop',
    does: 'closes all client connections',
    handle: ({ cluster }) => done(cluster, () => cluster.dropConnections()),
  },
  {
    method: 'POST',
    path: '/api/close',
    does: 'answers, then stops the cluster',
    handle: async ({ cluster }) => stateOf(cluster),
    afterwards: (cluster) => void cluster.close(),
  },
]

/** The cluster's state as JSON, without any token. */
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

/** Runs an action and answers with the resulting state. */
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
  throw new AdminError(400, 'bad_strategy', "strategy must be 'blue' or 'green'")
}

function faultOf(cluster: LocalCluster, id: string | undefined): FaultHandle {
  const handle = cluster.faults().find((fault) => String(fault.id) === id)
  if (handle === undefined) throw new AdminError(404, 'not_found', 'there is no such fault')
  return handle
}

function describeFault({ id, fault, fired, holding }: FaultHandle) {
  return { id, fired, holding, fault }
}
