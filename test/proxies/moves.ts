import { setTimeout as sleep } from 'node:timers/promises'
import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { Load } from './load.ts'
import { BATCH_ROWS, ORDERS } from './oracle.ts'
import type { EngineAddresses, ProxyKind, RunningProxy } from './proxy.ts'
import { type Deployment, otherDeployment, type Routes, type Served } from './routes.ts'
import type { Tally } from './tally.ts'
import { TcpBalancer } from './tcp-balancer.ts'
import { waitFor } from './waiting.ts'

/**
 * How work is moved from one deployment to the other.
 * - `announced`: the answers name the next deployment while both are served; then the former drains, and is retired.
 * - `draining`: unannounced; the former deployment refuses new work, and what runs there may finish.
 * - `cut-off`: unannounced; the former deployment refuses everything at once.
 */
export type Variant = 'announced' | 'draining' | 'cut-off'

export const VARIANTS: readonly Variant[] = ['announced', 'draining', 'cut-off']

export interface MoveOptions {
  kind: ProxyKind
  variant: Variant
  moves: number
  /** Proxies side by side behind a balancer of TCP connections, moved one after the other. */
  proxies: number
  /** Statements that must end after each move before the next one begins. @default 100 */
  statementsPerMove?: number
}

/** Pause between the moves of two proxies that stand side by side. */
const PROXY_EVERY_MS = 2_000
const STATEMENTS_PER_MOVE = 100
const MOST_DRAINING_MS = 30_000

/** Switches work between two engines under load, by reloading the real proxies in front of them. */
export async function moveUnderLoad(options: MoveOptions): Promise<Tally> {
  const { kind, variant, moves, proxies, statementsPerMove = STATEMENTS_PER_MOVE } = options
  await using cluster = await startCluster({ rows: ORDERS, batchRows: BATCH_ROWS, adminPort: false })
  await using fleet = await ProxyFleet.start(kind, engineAddresses(cluster), proxies)
  const load = await Load.start({ url: cluster.url, port: fleet.port })
  try {
    const settle = () => load.ended(statementsPerMove)
    await settle()
    let serving: Deployment = 'blue'
    for (let move = 0; move < moves; move++) {
      const next = otherDeployment(serving)
      await MOVES[variant]({ cluster, fleet, settle }, serving, next)
      await settle()
      serving = next
    }
    return await load.stop()
  } catch (error) {
    const tally = await load.stop()
    throw new Error(`the moves stopped: ${JSON.stringify(tally)}`, { cause: error })
  }
}

interface Stage {
  cluster: LocalCluster
  fleet: ProxyFleet
  /** Waits until the load has gone on for a while. */
  settle: () => Promise<void>
}

type Move = (stage: Stage, from: Deployment, to: Deployment) => Promise<void>

const MOVES: Readonly<Record<Variant, Move>> = {
  async announced({ cluster, fleet, settle }, from, to) {
    await fleet.route({ blue: 'all', green: 'all' })
    await cluster.announce(to)
    await settle()
    await fleet.route(moved(to, 'running'))
    await cluster.cutOver()
    await waitFor(`the end of the queries on ${from}`, () => isIdle(cluster, from), MOST_DRAINING_MS)
    await cluster.retire(from)
    await fleet.route(moved(to, 'nothing'))
  },
  draining: ({ fleet }, _from, to) => fleet.route(moved(to, 'running')),
  'cut-off': ({ fleet }, _from, to) => fleet.route(moved(to, 'nothing')),
}

/** One deployment serves, the other what is left to it. */
function moved(to: Deployment, former: Served): Routes {
  return to === 'green' ? { blue: former, green: 'all' } : { blue: 'all', green: former }
}

const RUNS: ReadonlySet<string> = new Set(['prepared', 'executing', 'running'])

async function isIdle(cluster: LocalCluster, deployment: Deployment): Promise<boolean> {
  return (await cluster.queries()).every(({ strategy, state }) => strategy !== deployment || !RUNS.has(state))
}

/** The sockets of a cluster's engines. */
export function engineAddresses({ engines }: LocalCluster): EngineAddresses {
  const addressOf = (deployment: Deployment) => {
    const engine = engines[deployment]
    if (engine.kind !== 'running') throw new Error(`the engine of ${deployment} does not run`)
    return engine.address
  }
  return { blue: addressOf('blue'), green: addressOf('green') }
}

/** Proxies of one kind side by side, behind one port. */
class ProxyFleet implements AsyncDisposable {
  readonly #proxies: readonly RunningProxy[]
  readonly #balancer: TcpBalancer

  private constructor(proxies: readonly RunningProxy[], balancer: TcpBalancer) {
    this.#proxies = proxies
    this.#balancer = balancer
  }

  static async start(kind: ProxyKind, engines: EngineAddresses, count: number): Promise<ProxyFleet> {
    const proxies: RunningProxy[] = []
    try {
      while (proxies.length < count) proxies.push(await kind.start(engines, { blue: 'all', green: 'nothing' }))
      return new ProxyFleet(proxies, await TcpBalancer.listen(proxies.map(({ port }) => port)))
    } catch (error) {
      for (const proxy of proxies) await proxy.close()
      throw error
    }
  }

  get port(): number {
    return this.#proxies.length === 1 ? this.#proxies[0]!.port : this.#balancer.port
  }

  /** Moves one proxy after the other. */
  async route(routes: Routes): Promise<void> {
    for (const [index, proxy] of this.#proxies.entries()) {
      if (index > 0) await sleep(PROXY_EVERY_MS)
      await proxy.route(routes)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#balancer[Symbol.asyncDispose]()
    for (const proxy of this.#proxies) await proxy.close()
  }
}
