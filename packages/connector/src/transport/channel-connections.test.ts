import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { answer, channelTo, PLACES, ScriptedServer, until, wireCall } from '../../test/scripted-server.ts'
import { systemClock } from '../time/clock.ts'

const OK = { kind: 'message' }
const IDLE_MS = 30 * 60_000

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Forwards bytes until the test drops those of its current connections. New connections pass. */
async function relay(target: number) {
  const pairs: [Socket, Socket][] = []
  const silent = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    pairs.push([client, upstream])
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => to.destroy())
      from.on('data', (bytes) => silent.has(client) || to.write(bytes))
      from.on('close', () => silent.has(client) || to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  })
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => pairs.length,
    open: () => pairs.filter(([client]) => !client.destroyed).length,
    goSilent: () => {
      for (const [client] of pairs) silent.add(client)
    },
  }
}

describe('a connection', () => {
  it('without a call for half an hour is closed; the next call opens another', async () => {
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    using channel = channelTo(server.port, { keepaliveTimeMs: 10 * IDLE_MS }, clock)
    expect(await channel.send(wireCall({ timeoutMs: 1e9 })).answer).toMatchObject(OK)
    clock.advance(IDLE_MS - 1)
    await turns(5)
    expect(server.sockets.size).toBe(1)
    clock.advance(1)
    await until(() => server.sockets.size === 0)
    expect(await channel.send(wireCall({ timeoutMs: 1e9 })).answer).toMatchObject(OK)
  })

  it('with a running call is not idle, however long that takes', async () => {
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    const held: ServerHttp2Stream[] = []
    server.script = (stream) => held.push(stream)
    using channel = channelTo(server.port, { keepaliveTimeMs: 10 * IDLE_MS }, clock)
    const call = channel.send(wireCall({ timeoutMs: 1e9 }))
    await until(() => held.length === 1)
    clock.advance(2 * IDLE_MS)
    answer(held[0]!)
    expect(await call.answer).toMatchObject(OK)
  })
})

describe('keepalive', () => {
  const keepalive = { keepaliveTimeMs: 1000, keepaliveTimeoutMs: 500 }

  it('finds a connection that has gone silent: its calls are lost, the next one has a new connection', async () => {
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    const { port, goSilent, connections } = await relay(server.port)
    const held: ServerHttp2Stream[] = []
    server.script = (stream) => held.push(stream)
    using channel = channelTo(port, keepalive, clock)
    const call = channel.send(wireCall())
    await until(() => held.length === 1)
    goSilent()
    clock.advance(1000)
    await turns(5)
    clock.advance(500)
    expect(await call.answer).toMatchObject({ cause: 'connection-lost', processed: 'unknown', reason: /silent/ })
    server.script = (stream) => answer(stream)
    expect(await channel.send(wireCall()).answer).toMatchObject(OK)
    expect(connections()).toBe(2)
  })

  it('continues while a call runs on a connection whose server accepts no more of them', async () => {
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    const { port, goSilent, open } = await relay(server.port)
    const held: ServerHttp2Stream[] = []
    server.script = (stream) => held.push(stream)
    using channel = channelTo(port, keepalive, clock)
    const call = channel.send(wireCall({ timeoutMs: 1e9 }))
    await until(() => held.length === 1)
    held[0]!.session?.goaway(0, held[0]!.id)
    await new Promise<void>((resolve) => held[0]!.session?.ping(() => resolve()))
    for (let round = 0; round < 3; round++) {
      clock.advance(1000)
      await new Promise<void>((resolve) => held[0]!.session?.ping(() => resolve()))
    }
    expect(open()).toBe(1)
    goSilent()
    clock.advance(1000)
    await turns(5)
    clock.advance(500)
    expect(await call.answer).toMatchObject({ cause: 'connection-lost', processed: 'unknown' })
    await until(() => open() === 0)
  })

  it('pings half as often when the server reports too many pings', async () => {
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    const { port, open } = await relay(server.port)
    let pings = 0
    using channel = channelTo(port, keepalive, clock)
    expect(await channel.send(wireCall({ timeoutMs: 1e9 })).answer).toMatchObject(OK)
    server.sessions[0]?.goaway(11, 1, Buffer.from('too_many_pings'))
    await until(() => open() === 0)
    expect(await channel.send(wireCall({ timeoutMs: 1e9 })).answer).toMatchObject(OK)
    server.sessions[1]?.on('ping', () => {
      pings += 1
    })
    const roundTrip = () => new Promise<void>((resolve) => server.sessions[1]?.ping(() => resolve()))
    clock.advance(1999)
    await roundTrip()
    expect(pings).toBe(0)
    clock.advance(1)
    await until(() => pings === 1)
  })
})

describe('after the process was suspended', () => {
  const keepalive = { keepaliveTimeMs: 30_000, keepaliveTimeoutMs: 10_000 }

  it('a connection that is still alive is used again, after one ping', async () => {
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    using channel = channelTo(server.port, keepalive, clock)
    expect(await channel.send(wireCall()).answer).toMatchObject(OK)
    let pings = 0
    server.sessions[0]?.on('ping', () => {
      pings += 1
    })
    clock.pause(3_600_000)
    for (let count = 0; count < 3; count++) expect(await channel.send(wireCall()).answer).toMatchObject(OK)
    expect([pings, server.sessions.length]).toEqual([1, 1])
  })

  it('a dead connection is left after a second, without losing a call', async () => {
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    const { port, goSilent, connections, open } = await relay(server.port)
    using channel = channelTo(port, keepalive, clock)
    expect(await channel.send(wireCall()).answer).toMatchObject(OK)
    goSilent()
    clock.pause(3_600_000)
    const call = channel.send(wireCall())
    await turns(5)
    clock.advance(1000)
    expect(await call.answer).toMatchObject(OK)
    expect(connections()).toBe(2)
    clock.advance(0)
    await turns(5)
    clock.advance(10_000)
    await until(() => open() === 1)
  })

  it('is noticed even if the monotonic clock stood still', async () => {
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    const { port, goSilent, connections } = await relay(server.port)
    using channel = channelTo(port, keepalive, clock)
    expect(await channel.send(wireCall()).answer).toMatchObject(OK)
    goSilent()
    clock.jumpWallTime(3_600_000)
    const call = channel.send(wireCall())
    await turns(5)
    clock.advance(1000)
    expect(await call.answer).toMatchObject(OK)
    expect(connections()).toBe(2)
  })

  it('a doubt does not end running calls', async () => {
    const clock = new ManualClock()
    await using server = await new ScriptedServer().listen()
    const { port, goSilent } = await relay(server.port)
    const held: ServerHttp2Stream[] = []
    server.script = (stream) => held.push(stream)
    using channel = channelTo(port, keepalive, clock)
    const running = channel.send(wireCall({ timeoutMs: 1e9 }))
    await until(() => held.length === 1)
    goSilent()
    clock.pause(30_001)
    server.script = (stream) => answer(stream)
    const next = channel.send(wireCall({ timeoutMs: 1e9 }))
    let isOver = false
    void running.answer.then(() => {
      isOver = true
    })
    await turns(5)
    clock.advance(1000)
    expect(await next.answer).toMatchObject(OK)
    expect(isOver).toBe(false)
    clock.advance(10_000)
    expect(await running.answer).toMatchObject({ cause: 'connection-lost', processed: 'unknown' })
  })
})

describe('attempts to connect', () => {
  it('are spaced while they fail, and a call waits for one of them at most until its deadline', async () => {
    const empty = await new ScriptedServer().listen()
    const { port } = empty
    await empty[Symbol.asyncDispose]()
    const pauses: number[] = []
    const clock = {
      ...systemClock,
      jitter: () => 0,
      schedule: ((delayMs, run, kind = 'foreground') => {
        // Only pauses keep the process alive here; they pass at once.
        if (kind === 'background') return systemClock.schedule(delayMs, run, kind)
        pauses.push(delayMs)
        return systemClock.schedule(delayMs > 600 ? 60_000 : 0, run)
      }) as typeof systemClock.schedule,
    }
    using channel = channelTo(port, {}, clock)
    for (let count = 0; count < 7; count++) {
      expect(await channel.send(wireCall()).answer).toMatchObject({
        cause: 'not-connected',
        processed: 'no',
        reason: /ECONNREFUSED/,
      })
      expect(channel.usable).toBe(false)
    }
    for (const [index, pause] of pauses.entries()) expect(pause).toBeLessThanOrEqual(10 * 2 ** index)
    expect(pauses).toHaveLength(6)
    channel.send(wireCall({ timeoutMs: 1000 }))
    expect(await channel.send(wireCall({ timeoutMs: 30 })).answer).toEqual({ kind: 'given-up', handedOver: false })
  })

  it('are also spaced when the server closes each connection at once', async () => {
    let sessions = 0
    const farewell = createServer((socket) => {
      sessions += 1
      socket.on('error', () => socket.destroy())
      // An empty SETTINGS frame, and a GOAWAY with NO_ERROR, in one packet.
      const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
      const goaway = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
      socket.write(Buffer.concat([settings, goaway]))
      socket.resume()
    }).listen(0, '127.0.0.1')
    await once(farewell, 'listening')
    using channel = channelTo((farewell.address() as AddressInfo).port)
    const until = systemClock.now() + 500
    while (systemClock.now() < until) {
      const fate = await channel.send(wireCall({ timeoutMs: 500 })).answer
      if (fate.kind !== 'given-up') expect(fate).toMatchObject({ kind: 'lost', processed: 'no' })
    }
    expect(sessions).toBeGreaterThan(1)
    expect(sessions).toBeLessThan(12)
    farewell.close()
  })

  it('are immediate after a connection that has served', async () => {
    await using server = await new ScriptedServer().listen()
    using channel = channelTo(server.port, {}, { ...systemClock, jitter: () => 1e6 })
    for (let count = 1; count <= 5; count++) {
      let answer = await channel.send(wireCall()).answer
      // A call sent before the client sees the end of a connection is lost with it.
      while (answer.kind === 'lost') answer = await channel.send(wireCall()).answer
      expect(answer).toMatchObject(OK)
      expect(server.sessions).toHaveLength(count)
      server.sessions.at(-1)?.destroy()
      await until(() => server.sockets.size === 0)
    }
  })
})

describe('closing a channel', () => {
  it.each(['closed', 'left open without a call'])(
    'a process whose channel is %s exits, whatever its server does',
    async (how) => {
      await using server = await new ScriptedServer().listen()
      const { port } = await relay(server.port)
      const program = `
      import { channelTo, wireCall } from './scripted-server.ts'
      const channel = channelTo(${port}, { keepaliveTimeMs: 60_000 })
      const { kind } = await channel.send(wireCall()).answer
      console.log(kind)
      ${how === 'closed' ? 'channel.send(wireCall()); channel.close()' : ''}`
      const folder = fileURLToPath(new URL('../../test/', import.meta.url))
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
        cwd: folder,
      })
      let printed = ''
      child.stdout.on('data', (bytes) => {
        printed += bytes
      })
      child.stderr.on('data', (bytes) => {
        printed += bytes
      })
      const [code] = await once(child, 'exit')
      expect([code, printed]).toEqual([0, 'message\n'])
    },
  )
})

describe.each(PLACES)('from $place', ({ channelTo }) => {
  describe('a connection', () => {
    it('is opened by the first call, once for all waiting calls', async () => {
      await using server = await new ScriptedServer().listen()
      using channel = channelTo(server.port)
      await turns(5)
      expect(server.sessions).toHaveLength(0)
      await Promise.all(Array.from({ length: 50 }, () => channel.send(wireCall()).answer))
      expect(server.sessions).toHaveLength(1)
    })

    it('is abandoned at the time limit for connecting, and leaves no socket', async () => {
      const sockets = new Set<Socket>()
      const mute = createServer((socket) => {
        sockets.add(socket.on('error', () => socket.destroy()).resume())
        socket.on('close', () => sockets.delete(socket))
      }).listen(0, '127.0.0.1')
      await once(mute, 'listening')
      const { port } = mute.address() as AddressInfo
      for (const secure of [false, true]) {
        using channel = channelTo(port, { connectTimeoutMs: 50, secure })
        expect(await channel.send(wireCall()).answer).toMatchObject({
          cause: 'not-connected',
          processed: 'no',
          reason: 'no connection within 50 ms (ETIMEDOUT)',
        })
        await until(() => sockets.size === 0)
      }
      mute.close()
    })
  })

  describe('closing a channel', () => {
    it('ends everything in progress: connecting, waiting calls and sent calls; no socket is left', async () => {
      const mute = createServer((socket) => {
        sockets.add(socket.on('error', () => socket.destroy()).resume())
        socket.on('close', () => sockets.delete(socket))
      }).listen(0, '127.0.0.1')
      const sockets = new Set<Socket>()
      await once(mute, 'listening')
      for (const secure of [false, true]) {
        const channel = channelTo((mute.address() as AddressInfo).port, { secure })
        const waits = channel.send(wireCall({ timeoutMs: Number.POSITIVE_INFINITY }))
        await until(() => sockets.size === 1)
        channel.close()
        expect(await waits.answer).toEqual({ kind: 'given-up', handedOver: false })
        await until(() => sockets.size === 0)
        expect(await channel.send(wireCall()).answer).toEqual({ kind: 'given-up', handedOver: false })
      }
      mute.close()
      await using server = await new ScriptedServer().listen()
      let isReached = false
      server.script = () => {
        isReached = true
      }
      const channel = channelTo(server.port)
      const handedOver = channel.send(wireCall())
      await until(() => isReached)
      channel.close()
      expect(await handedOver.answer).toEqual({ kind: 'given-up', handedOver: true })
      await until(() => server.sockets.size === 0)
    })
  })
})
