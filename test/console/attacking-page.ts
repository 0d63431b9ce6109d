import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A page of another origin that tries all attacks, and sets its title when it has finished. */
const PAGE = (target: string) => `<!doctype html><title>trying</title>
<form id="form" method="post" enctype="text/plain" action="${target}/api/suspend" target="hole"><input name='{"a":"' value='"}'></form>
<iframe name="hole"></iframe><iframe src="${target}/"></iframe>
<script>
const json = { 'content-type': 'application/json' }
const tries = [
  () => fetch('${target}/api/suspend', { method: 'POST', mode: 'no-cors', body: '{}' }),
  () => fetch('${target}/api/suspend', { method: 'POST', headers: json, body: '{}' }),
  () => fetch('${target}/api/suspend', { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: '{}' }),
  () => fetch('${target}/console/load', { method: 'POST', headers: json, body: '{"running":true}' }),
  () => fetch('${target}/console/query', { method: 'POST', mode: 'no-cors', body: '{"sql":"DROP TABLE orders"}' }),
  () => fetch('${target}/api/calls', { method: 'DELETE' }),
  () => navigator.sendBeacon('${target}/api/suspend', new Blob(['{}'], { type: 'text/plain' })),
  () => fetch('${target}/api/state').then((answer) => answer.text()).then((text) => { window.stolen = text }),
  () => new Promise((resolve, reject) => { const events = new EventSource('${target}/api/events'); events.onmessage = resolve; events.addEventListener('state', (event) => { window.stolen = event.data }); events.onerror = () => { events.close(); reject() } }),
  () => new Promise((resolve) => { const script = document.createElement('script'); script.src = '${target}/page/main.js'; script.onload = script.onerror = resolve; document.body.append(script) }),
  () => { document.getElementById('form').submit() },
]
const frames = [...document.querySelectorAll('iframe')].map((frame) => new Promise((resolve) => { frame.onload = resolve }))
Promise.allSettled([...tries.map(async (attempt) => attempt()), ...frames]).then(() => { document.title = 'tried' })
</script>`

/** Serves that page from another port: another origin to a browser, but the same site. */
export class AttackingPage implements AsyncDisposable {
  private constructor(private readonly server: Server) {}

  static async serve(target: string): Promise<AttackingPage> {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(PAGE(target))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new AttackingPage(server)
  }

  /** Whether its host name is the same site as the target. */
  url(host: '127.0.0.1' | 'localhost'): string {
    return `http://${host}:${(this.server.address() as AddressInfo).port}/`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve)
      this.server.closeAllConnections()
    })
  }
}
