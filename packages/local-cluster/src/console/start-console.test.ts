import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authorization, EventReader } from '../testing/event-reader.ts'
import type { Hello, Moment, Picture } from './feed.ts'
import type { HostInspection } from './programs-source.ts'
import { ConsoleOptionsError, type RunningConsole, startConsole } from './start-console.ts'

const TOKEN = 'a-token-for-tests'

const json = { 'content-type': 'application/json' }

describe('a console with a token', () => {
  let running: RunningConsole
  let origin: string

  beforeAll(async () => {
    running = await startConsole({ token: TOKEN })
    origin = new URL(running.url).origin
  })

  afterAll(() => running.close())

  test('prints the token after the # of its address', () => {
    expect(new URL(running.url).hash).toBe(`#token=${TOKEN}`)
  })

  test('serves its page to all, and no data without the token', async () => {
    const status = async (path: string, init?: RequestInit) => {
      const response = await fetch(origin + path, init)
      await response.body?.cancel()
      return response.status
    }
    expect(await status('/')).toBe(200)
    expect(await status('/console/events')).toBe(401)
    expect(await status('/console/events', { headers: { authorization: 'Bearer another-token' } })).toBe(401)
    expect(await status('/console/events', { headers: { cookie: `token=${TOKEN}` } })).toBe(401)
    expect(await status(`/console/events?token=${TOKEN}`)).toBe(401)
    expect(await status('/console/report', { method: 'POST', headers: json, body: '{}' })).toBe(401)
    expect(await status('/console/events', { headers: { authorization: `Bearer ${TOKEN}` } })).toBe(200)
  })

  test('refuses pages of other origins even with the token', async () => {
    const headers = { ...json, authorization: `Bearer ${TOKEN}`, origin: 'https://example.com' }
    const response = await fetch(`${origin}/console/report`, { method: 'POST', headers, body: '{}' })
    expect(response.status).toBe(403)
  })
})

describe('a console on the loopback interface', () => {
  test('generates a token, and answers no page of another site', async () => {
    await using running = await startConsole()
    expect(new URL(running.url).hash).toMatch(/^#token=[\w-]{24}$/)
    const origin = new URL(running.url).origin
    expect((await fetch(`${origin}/console/events`)).status).toBe(401)
    await using feed = await EventReader.ofConsole(running.url)
    expect(await feed.next<Hello>('hello')).toMatchObject({ watches: 'programs', title: 'programs' })
    const headers = { ...authorization(running.url), 'sec-fetch-site': 'cross-site' }
    const named = await fetch(`${origin}/console/events`, { headers })
    expect(named.status).toBe(403)
  })

  test('runs queries only when it has a cluster', async () => {
    await using running = await startConsole()
    const { origin } = new URL(running.url)
    const headers = { ...json, ...authorization(running.url) }
    const init = { method: 'POST', headers, body: JSON.stringify({ sql: 'SELECT 1' }) }
    expect((await fetch(`${origin}/console/query`, init)).status).toBe(409)
    expect((await fetch(`${origin}/console/load`, { ...init, body: '{"running":true}' })).status).toBe(409)
    expect((await fetch(`${origin}/api/state`)).status).toBe(404)
  })

  test('reports why an address has no metrics', async () => {
    const other = createServer((_, response) => response.end('hello'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}/metrics`
    await using running = await startConsole({ metrics: [address] })
    await using feed = await EventReader.ofConsole(running.url)
    const { notices } = await feed.next<Picture>('picture', (picture) => picture.notices.length > 0)
    expect(notices).toEqual([`${address}: the page exposes no e6data metrics: answer with prometheusText(connection)`])
    await new Promise((resolve) => {
      other.close(resolve)
      other.closeAllConnections()
    })
  })

  test('shows the state that programs of this host share, as it changes', async () => {
    const host: { -readonly [Name in keyof HostInspection]: HostInspection[Name] } = {
      activeStrategy: 'blue',
      pendingStrategy: undefined,
      pendingReady: false,
      epoch: 3,
      inFlight: { blue: 1, green: 0 },
      queries: [{ queryId: 'q', strategy: 'blue', pid: 4711 }],
    }
    await using running = await startConsole({ inspectHost: () => host })
    await using feed = await EventReader.ofConsole(running.url)
    const { programs, queries } = await feed.next<Picture>('picture', ({ state }) => state.kind === 'stable')
    expect(programs).toMatchObject([
      { name: 'process 4711', pid: 4711, active: 'blue', inFlight: { blue: 1, green: 0 } },
    ])
    expect(queries).toMatchObject([{ id: 'q', strategy: 'blue', state: 'running', owner: 'process 4711' }])
    await feed.next('sample')
    Object.assign(host, { pendingStrategy: 'green' })
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'announced', strategy: 'green' })
    Object.assign(host, { pendingReady: true })
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'accepting', strategy: 'green' })
    Object.assign(host, { activeStrategy: 'green', pendingStrategy: undefined, pendingReady: false, epoch: 4 })
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'cut over', strategy: 'green' })
    await feed.next<Picture>('picture', ({ state }) => state.kind === 'cut-over' && state.draining === 'blue')
    Object.assign(host, { inFlight: { blue: 0, green: 0 }, queries: [] })
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'drained', strategy: 'blue' })
    await feed.next<Picture>('picture', ({ state, totals }) => state.kind === 'stable' && totals.switches === 1)
    Object.assign(host, { pendingStrategy: 'blue' })
    await feed.next<Moment>('moment', ({ kind }) => kind === 'announced')
    Object.assign(host, { pendingStrategy: undefined })
    expect(await feed.next<Moment>('moment')).toMatchObject({ kind: 'rolled back', strategy: 'green' })
  })
})

test.each([
  [{ token: 'short' }, 'a token must have at least 12 characters'],
  [{ metrics: ['file:///etc/passwd'] }, 'metrics must be http addresses, not "file:///etc/passwd"'],
  [{ metrics: ['nowhere'] }, 'metrics must be http addresses, not "nowhere"'],
])('invalid options are refused: %j', async (options, message) => {
  await expect(startConsole(options)).rejects.toThrow(new ConsoleOptionsError(message))
})
