import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, expect, it, vi } from 'vitest'
import { directFetch } from './direct-fetch.ts'

afterEach(() => vi.unstubAllGlobals())

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    server.close()
  }
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, [Symbol.asyncDispose]: close }
}

it('a loopback address is requested without the global fetch, which may use a proxy', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('by the proxy')))
  await using server = await serve(async (request, response) => {
    const { method, headers } = request
    let text = ''
    for await (const chunk of request) text += chunk
    response.writeHead(201, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
    response.end(JSON.stringify([method, headers['content-type'], headers.authorization, text]))
  })
  const body = new URLSearchParams({ name: 'ä b' })
  const response = await directFetch(server.address, { method: 'POST', body, headers: { authorization: 'Basic x' } })
  expect([response.status, response.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']])
  const form = 'application/x-www-form-urlencoded;charset=UTF-8'
  expect(await response.json()).toEqual(['POST', form, 'Basic x', 'name=%C3%A4+b'])
})

it.each(['http://localhost:1/', 'http://[::1]:1/', 'https://127.0.0.1:1/'])('%s is a loopback address', async (url) => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('by the proxy')))
  await expect(directFetch(url)).rejects.toMatchObject({ message: 'fetch failed', cause: expect.any(Error) })
})

it('any other address uses the global fetch', async () => {
  vi.stubGlobal('fetch', async (url: string) => new Response(url))
  expect(await (await directFetch('http://metrics.example.com/')).text()).toBe('http://metrics.example.com/')
})

it('an answer without a body and a redirect are returned', async () => {
  await using server = await serve((request, response) => {
    response.writeHead(request.url === '/moved' ? 302 : 204, { location: '/' }).end()
  })
  expect((await directFetch(server.address)).status).toBe(204)
  expect((await directFetch(new URL('/moved', server.address))).status).toBe(302)
})

it('a signal ends the wait for an answer and for the rest of its body', async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/begins') response.write('begin')
  })
  const none = new AbortController()
  const waiting = directFetch(server.address, { signal: none.signal })
  none.abort()
  await expect(waiting).rejects.toThrow()
  const rest = new AbortController()
  const response = await directFetch(new URL('/begins', server.address), { signal: rest.signal })
  rest.abort()
  await expect(response.text()).rejects.toThrow()
})

it('a program with a proxy in its environment requests a loopback address directly', async () => {
  await using server = await serve((_, response) => response.end('direct'))
  const module = new URL('direct-fetch.ts', import.meta.url).href
  const program = `const { directFetch } = await import(process.env.MODULE)
    console.log(await (await directFetch(process.env.ADDRESS)).text())`
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program]
  const proxy = { http_proxy: 'http://127.0.0.1:9', NODE_USE_ENV_PROXY: '1' } // Node 20 does not know the second one
  const env = { ...process.env, ...proxy, MODULE: module, ADDRESS: server.address }
  expect((await promisify(execFile)(process.execPath, args, { env })).stdout.trim()).toBe('direct')
})
