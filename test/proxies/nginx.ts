import { waitUntilServing } from './probe.ts'
import type { EngineAddresses, RunningProxy } from './proxy.ts'
import { type Routes, routeTable } from './routes.ts'
import { findProgram, freePort, ServerProgram } from './server-program.ts'

/** What differs from site to site. */
export interface NginxSite {
  /** Directives of the `server` block, such as a certificate or `keepalive_requests 50;`. */
  directives?: string
  /** Takes TLS on a port of its own; `http2: false` leaves HTTP/1.1 alone to it. */
  tls?: { cert: string; key: string; http2: boolean }
}

/** nginx with the configuration of `examples/proxies/nginx.conf`. */
export class Nginx implements RunningProxy {
  readonly #program = new ServerProgram()
  /** Takes plain text; the same as `port` without TLS. */
  readonly #plainPort: number

  private constructor(
    readonly port: number,
    plainPort: number,
  ) {
    this.#plainPort = plainPort
  }

  static async start(engines: EngineAddresses, routes: Routes, site: NginxSite = {}): Promise<Nginx> {
    const plainPort = await freePort()
    const nginx = new Nginx(site.tls ? await freePort() : plainPort, plainPort)
    await nginx.#start(engines, routes, site)
    return nginx
  }

  async #start(engines: EngineAddresses, routes: Routes, site: NginxSite): Promise<void> {
    const config = this.#program.writeExample('nginx.conf', {
      LISTEN: `127.0.0.1:${this.#plainPort}`,
      SITE: this.#program.write('site.conf', this.#siteDirectives(site)),
      ROUTES: this.#writeRoutes(routes),
      BLUE: `unix:${engines.blue}`,
      GREEN: `unix:${engines.green}`,
    })
    const program = findProgram('nginx')
    if (program === undefined) throw new Error('nginx is not installed')
    // Only root may enter the engines' folder when root started them; for other users the directive is ignored.
    const settings = `daemon off; ${process.getuid?.() === 0 ? 'user root;' : ''}`
    this.#program.start(program, ['-p', this.#program.folder, '-e', 'stderr', '-c', config, '-g', settings])
    await this.#serving(routes)
  }

  async route(routes: Routes): Promise<void> {
    this.#writeRoutes(routes)
    this.#program.signal('SIGHUP')
    await this.#serving(routes)
  }

  close(): Promise<void> {
    return this.#program.close()
  }

  #siteDirectives({ directives = '', tls }: NginxSite): string {
    if (tls === undefined) return directives
    return [
      `listen 127.0.0.1:${this.port} ssl ${tls.http2 ? 'http2' : ''};`,
      `ssl_certificate ${this.#program.write('certificate.pem', tls.cert)};`,
      `ssl_certificate_key ${this.#program.write('key.pem', tls.key)};`,
      directives,
    ].join('\n')
  }

  #writeRoutes(routes: Routes): string {
    const lines = routeTable(routes).map(({ key, deployment }) => `${key} ${deployment};\n`)
    return this.#program.write('routes.conf', lines.join(''))
  }

  #serving(routes: Routes): Promise<void> {
    return waitUntilServing(this.#plainPort, routes, () => this.#program.assertRunning())
  }
}
