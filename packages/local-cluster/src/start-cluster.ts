import { AdminServer } from './admin/admin-server.ts'
import { type LocalClusterOptions, type ResolvedClusterOptions, resolveClusterOptions } from './cluster-options.ts'
import { ClusterConsole } from './console/cluster-console.ts'
import { withToken } from './console/console-token.ts'
import { STRATEGIES, type Strategy } from './deployment/strategy.ts'
import { AccessTokens } from './engine/access-tokens.ts'
import { Users } from './engine/users.ts'
import { EventHub } from './events/cluster-events.ts'
import { FaultRegistry } from './faults/fault-registry.ts'
import type { EngineFleet } from './fleet/engine-fleet.ts'
import { EngineSlot } from './fleet/engine-slot.ts'
import { InProcessFleet } from './fleet/in-process-fleet.ts'
import { makePrivateFolder, removePrivateFolder } from './fleet/private-folder.ts'
import { ProcessFleet } from './fleet/process-fleet.ts'
import { type ClusterStatus, LocalCluster } from './local-cluster.ts'
import { CallLog } from './router/call-log.ts'
import { clusterService } from './router/cluster-service.ts'
import { Router } from './router/router.ts'

/**
 * Starts a local cluster: two engines over the same data, and a router on one port in front of them.
 * @throws ClusterOptionsError for bad options, AddressInUseError for a port in use, DataFolderError for unusable data.
 */
export async function startCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const resolved = resolveClusterOptions(options)
  const closers: (() => Promise<void>)[] = []
  try {
    return await assemble(resolved, closers)
  } catch (error) {
    for (const close of closers) await close()
    throw error
  }
}

async function assemble(options: ResolvedClusterOptions, closers: (() => Promise<void>)[]): Promise<LocalCluster> {
  const events = new EventHub()
  const log = new CallLog(options.callLogLimit)
  log.onChange((record) => events.emit('call', record))
  const faults = new FaultRegistry(({ id, fault, fired }, change) =>
    events.emit('fault', { id, fault, fired, change, at: Date.now() }),
  )
  const status: ClusterStatus = {
    deployment: { kind: 'stable', active: options.initial },
    availability: options.suspended ? 'suspended' : 'active',
    adminUrl: undefined,
    consoleUrl: undefined,
  }

  // The port comes first: a cluster without its port should fail before it generates a million rows.
  let cluster: LocalCluster | undefined
  const users = new Users(options.users, options.wrongCredentials)
  const accessTokens = new AccessTokens(options.accessTokens)
  const suspendable = {
    get availability() {
      return status.availability
    },
    suspend: async () => cluster?.suspend(),
    beginResume: () => cluster?.beginResume(),
  }
  const slots = {} as Record<Strategy, EngineSlot>
  const router = new Router(
    {
      deployment: () => status.deployment,
      availability: () => status.availability,
      upstream: (strategy) => slots[strategy]?.upstream,
      faults,
      log,
      clusterService: clusterService(suspendable, users, accessTokens),
    },
    options.tls,
  )
  const { host, port } = await router.listen(options.port)
  closers.unshift(() => router.close())

  const folder = await makePrivateFolder()
  closers.unshift(() => removePrivateFolder(folder))
  const fleet = await openFleet(options, folder, events)
  closers.unshift(() => fleet.close())
  for (const strategy of STRATEGIES) {
    slots[strategy] = new EngineSlot(strategy, fleet, (state) =>
      events.emit('engine', { strategy, state, at: Date.now() }),
    )
  }
  closers.unshift(async () => void (await Promise.all(STRATEGIES.map((strategy) => slots[strategy].stop()))))
  await Promise.all(STRATEGIES.map((strategy) => slots[strategy].start()))

  cluster = new LocalCluster({ options, slots, router, accessTokens, faults, log, events, status, host, port, closers })
  if (options.adminPort === false) return cluster
  const view = new ClusterConsole(cluster, {
    token: options.consoleToken,
    data: options.data === undefined ? 'retail' : 'own',
    ca: options.tls?.cert,
  })
  closers.unshift(() => view.close())
  const admin = await AdminServer.listen(cluster, options.adminPort, view.pages)
  closers.unshift(() => admin.close())
  status.adminUrl = admin.url
  status.consoleUrl = withToken(admin.url, options.consoleToken)
  return cluster
}

function openFleet(options: ResolvedClusterOptions, folder: string, events: EventHub): Promise<EngineFleet> {
  if (options.mode === 'in-process') return InProcessFleet.open(options, folder)
  return ProcessFleet.open(options, folder, ({ sql }, error) =>
    events.emit('divergence', { sql, message: error instanceof Error ? error.message : String(error), at: Date.now() }),
  )
}
