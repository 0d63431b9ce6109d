import type { Deployment } from './deployment.ts'
import type { Random } from './random.ts'
import type { ProxySettings } from './schedule.ts'
import type { SimulatedTime } from './simulated-time.ts'

const ONE_PROXY: ProxySettings = { count: 1, apartMs: 0, balance: 'connection' }

/** A client's path to the proxies. */
interface Way {
  readonly proxies: Random
}

/** A step of a switch, as known by proxies. */
interface Route {
  deployment: Deployment
}

/** The proxies in front of a cluster, which learn of the steps of a switch one after the other. */
export class SimulatedProxies {
  readonly #time: SimulatedTime
  readonly #settings: ProxySettings
  /** The step that each of them routes by. */
  readonly #routes: Route[]
  #latest: Route
  /** The proxy of each connection. */
  readonly #met = new WeakMap<Way, number>()

  constructor(time: SimulatedTime, deployment: Deployment, settings = ONE_PROXY) {
    this.#time = time
    this.#settings = settings
    this.#latest = { deployment }
    this.#routes = Array.from({ length: settings.count }, () => this.#latest)
  }

  routeOf(proxy: number): Deployment {
    return this.#routes[proxy]!.deployment
  }

  /** Returns whether at least one of them routes in some way. */
  some(routes: (deployment: Deployment) => boolean): boolean {
    return this.#routes.some(({ deployment }) => routes(deployment))
  }

  every(routes: (deployment: Deployment) => boolean): boolean {
    return this.#routes.every(({ deployment }) => routes(deployment))
  }

  /** Whether all of them know the latest step. */
  get agree(): boolean {
    return this.#routes.every((route) => route === this.#latest)
  }

  /** Returns the proxy that a call reaches. */
  meet(way: Way, connection: 'new' | undefined): number {
    const { count, balance } = this.#settings
    if (count === 1) return 0
    if (balance === 'request' || connection === 'new') return way.proxies.below(count)
    const met = this.#met.get(way) ?? way.proxies.below(count)
    this.#met.set(way, met)
    return met
  }

  /** Records a lost connection: the next one may reach another proxy. */
  lost(way: Way): void {
    this.#met.delete(way)
  }

  /**
   * Starts a step of a switch: the first proxy routes by it at once, the others later. Each time, `routed` is called.
   */
  learn(next: Deployment, routed: () => void): void {
    // The deployment itself decides whether it accepts clients: every proxy that leads to it sees that at once.
    if (isAcceptance(this.#latest.deployment, next)) this.#latest.deployment = next
    else {
      const step = { deployment: next }
      this.#latest = step
      for (const proxy of this.#routes.keys()) this.#learnLater(proxy, step, routed)
    }
    routed()
  }

  #learnLater(proxy: number, step: Route, routed: () => void): void {
    const lateMs = proxy * this.#settings.apartMs
    const learn = () => {
      this.#routes[proxy] = step
    }
    if (lateMs === 0) learn()
    else {
      this.#time.schedule(lateMs, () => {
        learn()
        routed()
      })
    }
  }
}

function isAcceptance(before: Deployment, next: Deployment): boolean {
  return before.kind === next.kind && before.active === next.active && 'accepting' in next && next.accepting
}
