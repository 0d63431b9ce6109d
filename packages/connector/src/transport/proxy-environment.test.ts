import { describe, expect, it } from 'vitest'
import { proxyFor } from './proxy-environment.ts'

const PROXY = 'http://proxy.example:3128'

const isUsed = (host: string, no_proxy: string, port = 443) =>
  proxyFor(host, port, { https_proxy: PROXY, no_proxy }) !== undefined

describe('no_proxy', () => {
  it.each([
    ['engine.example.com', 'engine.example.com'],
    ['engine.example.com', 'example.com'],
    ['engine.example.com', '.example.com'],
    ['engine.example.com', '*.example.com'],
    ['engine.example.com', 'other.example, EXAMPLE.com '],
    ['engine.example.com', '*'],
    ['engine.example.com', 'example.com:443'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['2001:db8::7', '2001:db8::/32'],
    ['2001:db8::7', '[2001:db8::7]:443'],
  ])('sends calls to %s directly when it is %j', (host, exceptions) => {
    expect(isUsed(host, exceptions)).toBe(false)
  })

  it.each([
    ['engine.example.com', ''],
    ['engine.example.com', 'other.example,'],
    ['engine.example.com', 'ample.com'],
    ['engine.example.com', 'example.com:80'],
    ['10.1.2.3', '11.0.0.0/8'],
    ['10.1.2.3', '10.0.0.0/99'],
    ['10.1.2.3', '2001:db8::/32'],
  ])('leaves calls to %s to the proxy when it is %j', (host, exceptions) => {
    expect(isUsed(host, exceptions)).toBe(true)
  })
})

describe('the proxy of an environment', () => {
  it('is the first of grpc_proxy, https_proxy and http_proxy', () => {
    const environment = {
      http_proxy: 'http://c.example',
      https_proxy: 'http://b.example:1',
      grpc_proxy: 'http://a.example',
    }
    expect(proxyFor('engine.example', 443, environment)).toEqual({
      host: 'a.example',
      port: 80,
      credentials: undefined,
    })
    expect(proxyFor('engine.example', 443, { ...environment, grpc_proxy: '' })).toMatchObject({
      host: 'b.example',
      port: 1,
    })
  })

  it('keeps its credentials, decoded', () => {
    const proxy = proxyFor('engine.example', 443, { http_proxy: 'http://ada:p%40ss@[::1]:8080' })
    expect(proxy).toEqual({ host: '::1', port: 8080, credentials: 'ada:p@ss' })
  })

  it('must be an http address, and is not repeated in the error', () => {
    const wrong = () => proxyFor('engine.example', 443, { http_proxy: 'socks5://ada:secret@proxy' })
    expect(wrong).toThrow('http_proxy must be an http:// address')
  })

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost', 'LOCALHOST', 'a.localhost'])('is none for %s', (host) => {
    expect(proxyFor(host, 443, { http_proxy: PROXY })).toBeUndefined()
  })
})
