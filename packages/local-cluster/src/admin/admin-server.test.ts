import { request } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LocalCluster } from '../local-cluster.ts'
import { startCluster } from '../start-cluster.ts'
import { RawClient } from '../testing/raw-client.ts'
import { ADMIN_ROUTES } from './admin-routes.ts'

let cluster: LocalCluster
let client: RawClient

beforeAll(async () => {
  cluster = await startCluster({ mode: 'in-process', rows: 100, resumeMs: 5 })
  client = new RawClient(cluster)
})

afterEach(() => {
  cluster.clearFaults()
  cluster.clearCalls()
})

afterAll(async () => {
  client.close()
  await cluster.close()
})

async function ask(method: string, path: string, body?: unknown) {
  const init = body === undefined ? {} : { body: JSON.stringify(body) }
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(cluster.adminUrl + path, { method, headers, ...init })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('the admin API', () => {
  test('steps through a switch', async () => {
    const announced = await ask('POST', '/api/deployment/announce', { strategy: 'green', accepting: false })
    expect(announced).toMatchObject({
      status: 200,
      body: { deployment: { kind: 'announced', next: 'green', accepting: false } },
    })
    await ask('POST', '/api/deployment/accept', { strategy: 'green' })
    await ask('POST', '/api/deployment/cut-over')
    expect(cluster.state).toMatchObject({ kind: 'cut-over', active: 'green' })
    await ask('POST', '/api/deployment/roll-back')
    await ask('POST', '/api/deployment/retire', { strategy: 'green' })
    expect(cluster.state).toEqual({ kind: 'stable', active: 'blue' })
    await ask('POST', '/api/deployment/deploy', { cutOverAfterMs: 0 })
    await ask('POST', '/api/deployment/deploy', { cutOverAfterMs: 0, acceptAfterMs: 1, drainTimeoutMs: 10 })
    expect(cluster.state).toEqual({ kind: 'stable', active: 'blue' })
  })

  test('answers a step out of order with 409', async () => {
    const { status, body } = await ask('POST', '/api/deployment/retire', { strategy: 'green' })
    expect(status).toBe(409)
    expect(body).toEqual({
      error: { code: 'E6_LOCAL_DEPLOYMENT_STEP', message: "can't retire green while the deployment is stable on blue" },
    })
  })

  test('lists calls, sessions and queries', async () => {
    const query = await client.begin('SELECT 1 AS one')
    const { calls } = (await ask('GET', '/api/calls')).body as { calls: { sequence: number; method: string }[] }
    expect(calls.map(({ method }) => method)).toEqual(['authenticate', 'prepareStatement', 'executeStatement'])
    const after = await ask('GET', `/api/calls?after=${calls[0]?.sequence}&limit=1`)
    expect(after.body).toMatchObject({ calls: [{ method: 'prepareStatement' }] })
    expect((await ask('GET', '/api/sessions')).body).toMatchObject({
      sessions: [{ id: query.ids.sessionId, strategy: 'blue' }],
    })
    expect((await ask('GET', '/api/queries')).body).toMatchObject({
      queries: [{ id: query.ids.queryId, sql: 'SELECT 1 AS one', state: 'running' }],
    })
    expect((await ask('POST', `/api/sessions/${query.ids.sessionId}/renew`)).status).toBe(200)
    expect((await ask('DELETE', `/api/queries/${query.ids.queryId}`)).status).toBe(200)
    expect((await ask('DELETE', `/api/queries/${query.ids.queryId}`)).status).toBe(404)
    expect((await ask('DELETE', `/api/sessions/${query.ids.sessionId}`)).status).toBe(200)
    expect((await ask('DELETE', `/api/sessions/${query.ids.sessionId}`)).status).toBe(404)
    await client.login()
    await ask('DELETE', '/api/sessions?strategy=blue')
    expect(await cluster.sessions()).toEqual([])
    await ask('DELETE', '/api/calls')
    expect(cluster.calls()).toEqual([])
  })

  test('injects, counts, releases and removes faults', async () => {
    const held = await ask('POST', '/api/faults', {
      method: 'authenticate',
      occurrence: 'every',
      fault: { kind: 'hold' },
    })
    expect(held.body).toMatchObject({ fired: 0, holding: 0, fault: { method: 'authenticate' } })
    const login = client.login()
    await cluster.faults()[0]?.whenHolding()
    expect((await ask('GET', '/api/faults')).body).toMatchObject({
      faults: [{ id: held.body.id, fired: 1, holding: 1 }],
    })
    await ask('POST', `/api/faults/${held.body.id}/release`)
    await expect(login).resolves.not.toBe('')
    expect((await ask('DELETE', `/api/faults/${held.body.id}`)).status).toBe(200)
    expect((await ask('DELETE', `/api/faults/${held.body.id}`)).status).toBe(404)
    const bytes = Buffer.from([1, 2, 3]).toString('base64')
    await ask('POST', '/api/faults', { method: 'getResultMetadata', fault: { kind: 'payload', bytes } })
    const query = await client.begin('SELECT 1')
    expect([...(await query.call('getResultMetadata')).resultMetaData]).toEqual([1, 2, 3])
    await ask('DELETE', '/api/faults')
    expect(cluster.faults()).toEqual([])
  })

  test.each([
    [{}, 'the fault needs fault'],
    [{ fault: { kind: 'explode' } }, 'fault.kind must be one of delay, hold,'],
    [{ fault: { kind: 'delay' } }, 'the fault delay needs ms'],
    [{ fault: { kind: 'delay', ms: -1 } }, 'ms of the fault delay must be a whole number from 0'],
    [{ fault: { kind: 'hold', when: 'after' } }, 'the fault hold has no field when'],
    [{ occurence: 2, fault: { kind: 'hold' } }, 'the fault has no field occurence'],
    [{ occurrence: 0, fault: { kind: 'hold' } }, "occurrence of the fault must be a whole number from 1, or 'every'"],
    [
      { fault: { kind: 'grpc-status', status: 'fine', message: '' } },
      'status of the fault grpc-status must be one of ok,',
    ],
    [[], 'a fault must be an object'],
  ])('refuses an invalid fault: %j', async (fault, message) => {
    const { status, body } = await ask('POST', '/api/faults', fault)
    expect(status).toBe(400)
    expect(body).toMatchObject({ error: { code: 'bad_fault', message: expect.stringContaining(message) } })
  })

  test('suspends and resumes the cluster, kills and restarts engines, and closes connections', async () => {
    expect((await ask('POST', '/api/suspend')).body).toMatchObject({ availability: 'suspended' })
    expect((await ask('POST', '/api/resume')).body).toMatchObject({ availability: 'active' })
    expect((await ask('POST', '/api/engines/green/kill')).body).toMatchObject({ engines: { green: { kind: 'dead' } } })
    expect((await ask('POST', '/api/engines/green/restart')).body).toMatchObject({
      engines: { green: { kind: 'running' } },
    })
    expect((await ask('POST', '/api/connections/drop')).status).toBe(200)
  })

  test('lists every route', async () => {
    const page = await (await fetch(`${cluster.adminUrl}/api`)).text()
    for (const { path } of ADMIN_ROUTES) expect(page).toContain(path)
  })

  test('shows no token', async () => {
    await client.login()
    for (const { method, path } of ADMIN_ROUTES) {
      if (method === 'GET') expect(JSON.stringify(await ask(method, path))).not.toContain(cluster.password)
    }
  })

  test('answers before it stops the cluster', async () => {
    const other = await startCluster({ mode: 'in-process', rows: 1 })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${other.adminUrl}/api/close`, { method: 'POST', headers })
    expect(await response.json()).toMatchObject({ availability: 'active' })
    await other.close()
    await expect(fetch(`${other.adminUrl}/api/state`)).rejects.toThrow()
  })

  test('does not start with adminPort: false', async () => {
    await using hidden = await startCluster({ mode: 'in-process', rows: 1, adminPort: false })
    expect(hidden.adminUrl).toBeUndefined()
  })
})

describe('the event stream', () => {
  test('sends the state first, then each event as it happens', async () => {
    const events = await listen('/api/events?events=deployment,call')
    expect(await events.next()).toMatchObject({
      name: 'state',
      data: { deployment: { kind: 'stable', active: 'blue' } },
    })
    await client.login()
    expect(await events.next()).toMatchObject({ name: 'call', data: { method: 'authenticate', outcome: 'answered' } })
    await cluster.suspend()
    await cluster.resume()
    await cluster.announce('green')
    expect(await events.next()).toMatchObject({
      name: 'deployment',
      data: { step: 'announce', to: { kind: 'announced' } },
    })
    events.close()
    await cluster.rollBack()
    await cluster.retire('green')
  })
})

describe('the admin API refuses', () => {
  const status = (headers: Record<string, string>, method = 'POST', path = '/api/suspend') =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(cluster.adminUrl + path, { method, headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject)
      sent.end()
    })
  const json = { 'content-type': 'application/json' }

  test('requests from pages of another origin, or under another host name', async () => {
    expect(await status({ ...json, origin: 'https://example.com' })).toBe(403)
    expect(await status({ ...json, origin: 'null' })).toBe(403)
    expect(await status({ ...json, host: 'example.com' })).toBe(403)
    expect(await status({ origin: 'https://example.com' }, 'GET', '/api/state')).toBe(403)
    expect(await status({ origin: 'https://example.com' }, 'GET', '/api/events')).toBe(403)
    expect(await status({ ...json, 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await status({ ...json, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'cross-site' }, 'GET', '/api/events')).toBe(403)
    expect(await status({ ...json, 'sec-fetch-site': 'same-origin' }, 'GET', '/api/state')).toBe(200)
    expect(await status({ origin: String(cluster.adminUrl) }, 'GET', '/api/state')).toBe(200)
    expect(await status({ host: `localhost:${new URL(String(cluster.adminUrl)).port}` }, 'GET', '/api/state')).toBe(200)
  })

  test('requests that a form could make', async () => {
    expect(await status({ 'content-type': 'text/plain' })).toBe(415)
    expect(await status({})).toBe(415)
    expect(cluster.availability).toBe('active')
  })

  test.each([
    ['DELETE', '/api/faults/%E0%A4%A'],
    ['DELETE', '/api/sessions/%'],
    ['GET', '//'],
  ])('a path with invalid percent encoding: %s %s', async (method, path) => {
    expect(await ask(method, path)).toMatchObject({ status: 400, body: { error: { code: 'bad_path' } } })
  })

  test('unknown paths and bad values', async () => {
    expect((await ask('GET', '/api/nothing')).status).toBe(404)
    expect((await ask('GET', '/nothing')).status).toBe(404)
    expect((await ask('POST', '/api/state')).status).toBe(405)
    expect((await ask('POST', '/api/deployment/announce', { strategy: 'purple' })).status).toBe(400)
    expect((await ask('POST', '/api/deployment/announce', 7)).status).toBe(400)
    expect((await ask('POST', '/api/deployment/deploy', { drainTimeoutMs: 'long' })).status).toBe(400)
    expect((await ask('POST', '/api/engines/purple/kill')).status).toBe(400)
    expect((await ask('GET', '/api/calls?after=x')).status).toBe(400)
  })
})

/** Reads server-sent events one by one. */
async function listen(path: string) {
  const stop = new AbortController()
  const response = await fetch(cluster.adminUrl + path, { signal: stop.signal })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async next(): Promise<{ name: string; data: unknown }> {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end === -1) {
          text += (await reader.read()).value ?? ''
          continue
        }
        const fields = Object.fromEntries(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => line.split(/: (.*)/s)),
        )
        text = text.slice(end + 2)
        if (fields.event !== undefined) return { name: fields.event, data: JSON.parse(String(fields.data)) }
      }
    },
    close: () => stop.abort(),
  }
}
