import type { ConnectOptions } from 'e6data-connector'
import type { AdminPages } from '../admin/admin-pages.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { apiOverview } from './api-overview.ts'
import { ClusterSource } from './cluster-source.ts'
import { Console } from './console.ts'
import { DemoLoad } from './demo-load.ts'
import type { ProgramReport } from './program-report.ts'
import { EDITOR_AGENT, QueryRunner } from './query-runner.ts'

export interface ClusterConsoleOptions {
  token: string
  data: 'retail' | 'own'
  /** The authority that signed the cluster's certificate; undefined without TLS. */
  ca: string | Buffer | undefined
}

/** The console of a local cluster, served at its admin address. */
export class ClusterConsole {
  readonly #console: Console
  readonly #source: ClusterSource

  constructor(cluster: LocalCluster, { token, data, ca }: ClusterConsoleOptions) {
    const open = async (userAgent: string) => {
      // Loaded on demand: a cluster whose console is not opened starts without it.
      const { connect } = await import('e6data-connector')
      // The console keeps its own strategy state, so that it has no effect on programs of this host.
      const options: ConnectOptions = { url: cluster.url, strategyStore: 'process', userAgent }
      return connect(ca === undefined ? options : { ...options, tls: { ca } })
    }
    const load = new DemoLoad(
      () => open('e6data-console-load'),
      data,
      (report: ProgramReport) => this.#source.take(report),
    )
    this.#source = new ClusterSource(cluster, load)
    const runner = new QueryRunner(() => open(EDITOR_AGENT))
    this.#console = new Console({ source: this.#source, token, load, runner })
  }

  readonly pages: AdminPages = async (request, response, url) => {
    if (url.pathname !== '/api') return this.#console.answer(request, response, url)
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(apiOverview())
    return true
  }

  async close(): Promise<void> {
    this.#source.close()
    await this.#console.close()
  }
}
