import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Connection, connect, PROMETHEUS_CONTENT_TYPE, prometheusText } from 'e6data-connector'
import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { startConsole } from 'e6data-local-cluster/console'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_MISSING, findChromium, launchChromium, openPage } from './chromium.ts'
import { ConsolePage } from './console-page.ts'

if (findChromium()) describe('the console over programs, in Chromium', tests)
else console.warn(`${CHROMIUM_MISSING}: install it to run these tests`)

function tests(): void {
  let browser: Browser
  let cluster: LocalCluster

  beforeAll(async () => {
    ;[browser, cluster] = await Promise.all([
      launchChromium(),
      startCluster({ mode: 'in-process', rows: 2000, batchRows: 100, adminPort: false }),
    ])
  })

  afterAll(async () => {
    await browser?.close()
    await cluster?.close()
  })

  it('shows a switch from Prometheus metrics, without controls', async () => {
    await using connection = await connect({ url: cluster.url, strategyStore: 'process' })
    await using metrics = await MetricsPage.serve(connection)
    await using watching = await startConsole({ metrics: [metrics.url] })
    const { page, complaints } = await openPage(browser)
    const view = new ConsolePage(page)
    await view.open(watching.url)
    await view.told('Everything runs on blue')
    expect(await page.getByRole('button', { name: /Deploy|Announce|Inject|Run/ }).count()).toBe(0)

    await using cursor = connection.cursor({ maxBufferedBytes: 1 })
    await cursor.execute('SELECT * FROM orders')
    await view.lane('blue').getByText('1 in flight').waitFor()
    await cluster.announce('green')
    await expect.poll(async () => (await connection.query('SELECT 1 AS one')).strategy).toBe('green')
    await view.told('New work belongs to green; blue drains')
    await cursor.close()
    await view.happened('The last query on blue ended')
    await view.told('Everything runs on green')
    await view.picture('programs')
    expect(await view.accessibilityFaults()).toEqual([])
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('opens by the printed address, and asks for a missing token', async () => {
    await using watching = await startConsole({ token: 'a-token-for-tests', title: 'Nightly jobs' })
    const { page } = await openPage(browser)
    const view = new ConsolePage(page)
    await view.open(watching.url)
    expect(page.url()).not.toContain('a-token-for-tests')
    await page.context().close()

    const { page: other } = await openPage(browser)
    await other.goto(new URL(watching.url).origin)
    const token = other.getByRole('textbox', { name: 'Token' })
    await token.fill('a-wrong-token')
    await token.press('Enter')
    await other.getByText('That token is wrong.').waitFor()
    expect(await new ConsolePage(other).accessibilityFaults()).toEqual([])
    await token.fill('a-token-for-tests')
    await token.press('Enter')
    await other.getByText('Nightly jobs').waitFor()
    expect(await other.evaluate('document.cookie')).toBe('')
    await other.context().close()
  })
}

/** Serves a program's metrics for Prometheus and the console. */
class MetricsPage implements AsyncDisposable {
  private constructor(private readonly server: Server) {}

  static async serve(connection: Connection): Promise<MetricsPage> {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': PROMETHEUS_CONTENT_TYPE })
      response.end(prometheusText(connection))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new MetricsPage(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/metrics`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve)
      this.server.closeAllConnections()
    })
  }
}
