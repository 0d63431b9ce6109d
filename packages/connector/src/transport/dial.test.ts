import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { channelTo, ScriptedServer, wireCall } from '../../test/scripted-server.ts'
import { selfSignedCertificate } from '../../test/self-signed-certificate.ts'
import { firstToOpen, interleaved } from './address-race.ts'
import { faultError } from './fault-error.ts'
import { readFault } from './status-rules.ts'
import { CallFailure } from './transport.ts'

const OK = { kind: 'message' }

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const call = (port: number, options: Parameters<typeof channelTo>[1] = {}) => {
  const channel = channelTo(port, options)
  onTestFinished(() => channel.close())
  return channel.send(wireCall()).answer
}

/** The error message for a call that was not sent. */
async function advice(port: number, options: Parameters<typeof channelTo>[1] = {}): Promise<string> {
  const fate = await call(port, options)
  expect(fate).toMatchObject({ kind: 'lost', cause: 'not-connected', processed: 'no' })
  if (fate.kind !== 'lost') throw new Error('a loss was expected')
  return faultError(new CallFailure(readFault(fate), 'authenticate')).message
}

describe('the addresses of a name', () => {
  const settled = (work: Promise<unknown>) =>
    work.then(
      (it) => it,
      (error: unknown) => error,
    )
  const turns = () => new Promise((resolve) => setImmediate(resolve))

  /** Sockets that a test controls. */
  function addresses() {
    const open = new Map<string, { succeed(): void; fail(): void }>()
    const destroyed: string[] = []
    const dialled: string[] = []
    const dial = (address: string, signal: AbortSignal) =>
      new Promise<{ address: string; destroy(): void }>((resolve, reject) => {
        dialled.push(address)
        signal.addEventListener('abort', () => {
          destroyed.push(address)
          reject(signal.reason)
        })
        open.set(address, {
          succeed: () => resolve({ address, destroy: () => void destroyed.push(address) }),
          fail: () => reject(new Error(`no ${address}`)),
        })
      })
    return { open, destroyed, dialled, dial }
  }

  it('are tried alternating between their families', () => {
    const of = (family: number, ...names: string[]) => names.map((address) => ({ address, family }))
    expect(interleaved([...of(6, 'a', 'b', 'c'), ...of(4, 'x')])).toEqual(['a', 'x', 'b', 'c'])
    expect(interleaved([])).toEqual([])
  })

  it('follow each other after 250 ms, and the first that opens is used; the dead one is closed', async () => {
    const clock = new ManualClock()
    const { open, destroyed, dialled, dial } = addresses()
    const work = firstToOpen(['dead', 'live', 'spare'], dial, clock, new AbortController().signal)
    expect(dialled).toEqual(['dead'])
    clock.advance(249)
    expect(dialled).toEqual(['dead'])
    clock.advance(1)
    expect(dialled).toEqual(['dead', 'live'])
    open.get('live')?.succeed()
    expect(await work).toMatchObject({ address: 'live' })
    clock.advance(10_000)
    await turns()
    expect([dialled, destroyed]).toEqual([
      ['dead', 'live'],
      ['dead', 'live'],
    ])
    expect(clock.waiting).toBe(0)
  })

  it('follow each other at once when one fails; the first failure is reported when all do', async () => {
    const { open, dialled, dial } = addresses()
    const work = settled(firstToOpen(['a', 'b'], dial, new ManualClock(), new AbortController().signal))
    open.get('a')?.fail()
    await turns()
    expect(dialled).toEqual(['a', 'b'])
    open.get('b')?.fail()
    expect(await work).toMatchObject({ message: 'no a' })
  })

  it('that open in the same turn leave one socket', async () => {
    const clock = new ManualClock()
    const { open, destroyed, dial } = addresses()
    const deaf = (address: string) => dial(address, new AbortController().signal)
    const work = firstToOpen(['a', 'b'], deaf, clock, new AbortController().signal)
    clock.advance(250)
    open.get('a')?.succeed()
    open.get('b')?.succeed()
    expect(await work).toMatchObject({ address: 'a' })
    await turns()
    expect(destroyed).toEqual(['b'])
  })

  it('are all abandoned with the attempt', async () => {
    const clock = new ManualClock()
    const giveUp = new AbortController()
    const { destroyed, dial } = addresses()
    const work = settled(firstToOpen(['a', 'b', 'c'], dial, clock, giveUp.signal))
    clock.advance(250)
    giveUp.abort(new Error('enough'))
    expect(await work).toMatchObject({ message: 'enough' })
    expect(destroyed).toEqual(['a', 'b'])
    expect(clock.waiting).toBe(0)
  })
})

describe('a host', () => {
  it('may be a name, an IPv4 or an IPv6 address', async () => {
    await using v4 = await new ScriptedServer().listen('127.0.0.1')
    expect(await call(v4.port, { host: 'localhost' })).toMatchObject(OK)
    await using v6 = await new ScriptedServer().listen('::1')
    expect(await call(v6.port, { host: '::1' })).toMatchObject(OK)
  })

  it('that does not exist or does not listen is reported', async () => {
    expect(await advice(1, { host: 'no-such-host.invalid' })).toContain('check `host`')
    expect(await advice(1)).toContain('nothing listens there')
  })
})

describe('TLS', () => {
  const certificate = (name: string, ipAddress?: string) => {
    const { certificate: cert, key } = selfSignedCertificate(name, ipAddress)
    return { cert: Buffer.from(cert), key: Buffer.from(key) }
  }
  const byAddress = certificate('address', '127.0.0.1')
  const byName = certificate('cluster.example')
  const ofClient = certificate('client')
  const ca = byAddress.cert

  it('to an IP address is spoken without a server name, and the certificate is checked against the address', async () => {
    await using server = await new ScriptedServer({ tls: byAddress }).listen()
    expect(await call(server.port, { secure: true, tls: { ca } })).toMatchObject(OK)
    expect([...server.sockets].map((socket) => (socket as TLSSocket).servername).filter(Boolean)).toEqual([])
    await using wrong = await new ScriptedServer({ tls: byName }).listen()
    expect(await advice(wrong.port, { secure: true, tls: { ca: byName.cert } })).toContain('certificate is not trusted')
  })

  it('checks the server name that is given, and sends it', async () => {
    await using server = await new ScriptedServer({ tls: byName }).listen()
    const [ca, serverName] = [byName.cert, 'cluster.example']
    expect(await call(server.port, { secure: true, tls: { ca, serverName } })).toMatchObject(OK)
    expect([...server.sockets].map((socket) => (socket as TLSSocket).servername)).toContain(serverName)
    expect(await advice(server.port, { secure: true, tls: { ca, serverName: 'other.example' } })).toContain(
      'tls.serverName',
    )
  })

  it('trusts only the given authorities', async () => {
    await using server = await new ScriptedServer({ tls: byAddress }).listen()
    expect(await advice(server.port, { secure: true })).toContain('certificate is not trusted')
    const other = certificate('other', '127.0.0.1')
    expect(await advice(server.port, { secure: true, tls: { ca: other.cert } })).toContain('certificate is not trusted')
  })

  it('shows the client certificate to a server that demands one', async () => {
    await using server = await new ScriptedServer({
      tls: { ...byAddress, ca: ofClient.cert, requestCert: true, rejectUnauthorized: true },
    }).listen()
    expect(await call(server.port, { secure: true, tls: { ca, ...ofClient } })).toMatchObject(OK)
    expect(await call(server.port, { secure: true, tls: { ca } })).toMatchObject({
      cause: 'not-connected',
      processed: 'no',
    })
  })

  it('is refused by a server without HTTP/2, with or without ALPN', async () => {
    const refusing = createTlsServer({ ...byAddress, ALPNProtocols: ['http/1.1'] }).on(
      'tlsClientError',
      () => undefined,
    )
    const silent = createTlsServer(byAddress)
    for (const server of [refusing, silent]) {
      expect(await advice(await listening(server), { secure: true, tls: { ca } })).toContain(
        'speaks TLS but not HTTP/2',
      )
    }
  })

  it('on one side only is named in the error', async () => {
    await using plain = await new ScriptedServer().listen()
    expect(await advice(plain.port, { secure: true })).toContain('does not speak TLS there: check `secure`')
    const secure = createSecureServer(byAddress).on('tlsClientError', () => undefined)
    expect(await advice(await listening(secure as unknown as Server))).toContain(
      'does not speak HTTP/2 there: check `host`, `port` and `secure`',
    )
  })
})

describe('a server of another kind', () => {
  it.each<[string, () => Server]>([
    ['speaks HTTP/1', () => createHttpServer((_, response) => response.end('hello'))],
    [
      'speaks first, and something else',
      () => createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.2\r\n')),
    ],
    ['disconnects', () => createServer((socket) => socket.on('error', () => undefined).end())],
  ])('that %s is named in the error', async (_, make) => {
    expect(await advice(await listening(make()))).toContain('does not speak HTTP/2 there')
  })
})
