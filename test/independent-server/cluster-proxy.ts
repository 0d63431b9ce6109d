import { STRATEGIES, type Strategy } from './call.ts'

/** One of the proxies in front of the cluster. Each learns of a switch in its own time. */
export class ClusterProxy {
  /** The strategies that it serves; others get a bare 456. */
  serves: ReadonlySet<Strategy> = new Set(STRATEGIES)

  constructor(readonly name: string) {}

  serveOnly(...strategies: Strategy[]): void {
    this.serves = new Set(strategies)
  }
}
