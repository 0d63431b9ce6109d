import { waitUntilServing } from './probe.ts'
import type { EngineAddresses, RunningProxy } from './proxy.ts'
import { type Routes, routeTable } from './routes.ts'
import { findProgram, freePort, ServerProgram } from './server-program.ts'

/** HAProxy with the configuration of `examples/proxies/haproxy.cfg`. */
export class Haproxy implements RunningProxy {
  readonly #program = new ServerProgram()

  private constructor(readonly port: number) {}

  static async start(engines: EngineAddresses, routes: Routes): Promise<Haproxy> {
    const haproxy = new Haproxy(await freePort())
    await haproxy.#start(engines, routes)
    return haproxy
  }

  async #start(engines: EngineAddresses, routes: Routes): Promise<void> {
    const config = this.#program.writeExample('haproxy.cfg', {
      LISTEN: `127.0.0.1:${this.port}`,
      ROUTES: this.#writeRoutes(routes),
      BLUE: `unix@${engines.blue}`,
      GREEN: `unix@${engines.green}`,
    })
    const program = findProgram('haproxy')
    if (program === undefined) throw new Error('haproxy is not installed')
    this.#program.start(program, ['-W', '-f', config])
    await this.#serving(routes)
  }

  async route(routes: Routes): Promise<void> {
    this.#writeRoutes(routes)
    this.#program.signal('SIGUSR2')
    await this.#serving(routes)
  }

  close(): Promise<void> {
    return this.#program.close()
  }

  #writeRoutes(routes: Routes): string {
    const lines = routeTable(routes).map(({ key, deployment }) => `${key} ${deployment}\n`)
    return this.#program.write('routes.map', lines.join(''))
  }

  #serving(routes: Routes): Promise<void> {
    return waitUntilServing(this.port, routes, () => this.#program.assertRunning())
  }
}
