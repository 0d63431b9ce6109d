import { Haproxy } from './haproxy.ts'
import { waitUntilServing } from './probe.ts'
import type { EngineAddresses, RunningProxy } from './proxy.ts'
import type { Routes } from './routes.ts'
import { findProgram, freePort, ServerProgram } from './server-program.ts'

/**
 * nghttpx with the configuration of `examples/proxies/nghttpx.conf`. Debian's can't look at headers, so one HAProxy for each
 * set of routes stands behind it, and it moves from one to the other.
 */
export class Nghttpx implements RunningProxy {
  readonly #program = new ServerProgram()
  readonly #routers = new Map<string, Haproxy>()
  readonly #engines: EngineAddresses

  private constructor(
    readonly port: number,
    engines: EngineAddresses,
  ) {
    this.#engines = engines
  }

  static async start(engines: EngineAddresses, routes: Routes): Promise<Nghttpx> {
    const nghttpx = new Nghttpx(await freePort(), engines)
    await nghttpx.#start(routes)
    return nghttpx
  }

  async #start(routes: Routes): Promise<void> {
    const config = await this.#writeConfig(routes)
    const program = findProgram('nghttpx')
    if (program === undefined) throw new Error('nghttpx is not installed')
    this.#program.start(program, [`--conf=${config}`])
    await this.#serving(routes)
  }

  async route(routes: Routes): Promise<void> {
    await this.#writeConfig(routes)
    this.#program.signal('SIGHUP')
    await this.#serving(routes)
  }

  async close(): Promise<void> {
    await this.#program.close()
    for (const router of this.#routers.values()) await router.close()
  }

  async #writeConfig(routes: Routes): Promise<string> {
    const router = await this.#routerFor(routes)
    return this.#program.writeExample('nghttpx.conf', {
      LISTEN: `127.0.0.1,${this.port}`,
      ROUTER: `127.0.0.1,${router.port}`,
    })
  }

  async #routerFor(routes: Routes): Promise<Haproxy> {
    const key = `${routes.blue} ${routes.green}`
    const router = this.#routers.get(key) ?? (await Haproxy.start(this.#engines, routes))
    this.#routers.set(key, router)
    return router
  }

  #serving(routes: Routes): Promise<void> {
    return waitUntilServing(this.port, routes, () => this.#program.assertRunning())
  }
}
