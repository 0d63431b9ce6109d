import { describe, expect, it } from 'vitest'
import { type Peer, PeerHost } from '../../test/shared-host/peers.ts'
import { systemClock } from '../time/clock.ts'
import { openSharedStore } from './shared-store.ts'
import { StrategyManager } from './strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from './strategy-state.ts'

function openHere(host: PeerHost): StrategyManager {
  const initial = initialStrategyState(DEFAULT_STRATEGY_LIMITS)
  const store = openSharedStore({ ...host.settings(), initial, clock: systemClock })
  return new StrategyManager({ store })
}

describe('the state shared by the processes of a host', () => {
  for (const kind of ['child', 'clusterWorker', 'thread'] as const) {
    it(`a switch in this process is known in a ${kind}, and the other way round`, async () => {
      await using host = new PeerHost()
      const peer = await host[kind]()
      const manager = openHere(host)
      try {
        manager.setActiveStrategy('green')
        await peer.ask('knows', { strategy: 'green' })

        const seen = new Promise((resolve) => manager.events.once('strategy:transition', resolve))
        await peer.ask('set', { strategy: 'blue' })
        expect(await seen).toMatchObject({ from: 'green', to: 'blue', epoch: 2 })
      } finally {
        manager.close()
      }
    })

    it(`a query that runs in a ${kind} can be looked up here, with its engine, until it is dropped there`, async () => {
      await using host = new PeerHost()
      const peer = await host[kind]()
      const manager = openHere(host)
      try {
        manager.setActiveStrategy('green')
        await peer.ask('register', { queryId: 'q-1', strategy: 'blue' })
        await until(() => manager.queryPin('q-1') !== undefined)
        expect(manager.getQueryStrategy('q-1')).toBe('blue')
        expect(manager.queryPin('q-1')).toMatchObject({ engineIp: '10.0.0.7', pid: peer.pid })
        expect(manager.inspect().inFlight).toEqual({ blue: 1, green: 0 })

        await peer.ask('cleanup', { queryId: 'q-1' })
        await until(() => manager.queryPin('q-1') === undefined)
        expect(manager.getQueryStrategy('q-1')).toBe('green')
      } finally {
        manager.close()
      }
    })
  }

  it('16 processes know of a switch that one of them made', async () => {
    await using host = new PeerHost()
    const [maker, ...others] = await Promise.all(Array.from({ length: 16 }, () => host.child()))
    const known = others.map((peer) => peer.ask('knows', { strategy: 'green' }))
    await maker!.ask('set', { strategy: 'green' })
    expect(await Promise.all(known)).toHaveLength(15)
  })

  it('3 processes that make 10 000 changes each lose none of them', async () => {
    await using host = new PeerHost()
    const peers = await Promise.all([host.child(), host.child(), host.thread()])
    await Promise.all(peers.map((peer) => peer.ask('count', { times: 10_000 })))
    const late = await host.child()
    expect(await late.ask('tokens')).toBe(DEFAULT_STRATEGY_LIMITS.switchBurst + 30_000)
  })

  it('two processes that detect different strategies at once agree on the first one written', async () => {
    await using host = new PeerHost()
    const [one, two] = await Promise.all([host.child(), host.child()])
    await Promise.all([
      one.ask('detected', { strategy: 'blue', epoch: 0 }),
      two.ask('detected', { strategy: 'green', epoch: 0 }),
    ])
    await Promise.all([one.ask('refresh'), two.ask('refresh')])
    const [first, second] = await Promise.all([one.ask('strategy'), two.ask('strategy')])
    expect(first).toMatchObject({ activeStrategy: second.activeStrategy, epoch: 1 })
    expect(second.epoch).toBe(1)
  })

  it('the store keeps no process alive, and its shared state survives', async () => {
    await using host = new PeerHost()
    const peer = await host.child()
    await peer.ask('set', { strategy: 'green' })
    await peer.ask('register', { queryId: 'q-1', strategy: 'green' })
    void peer.request('disconnect')
    await peer.exited
    const manager = openHere(host)
    expect(manager.getActiveStrategy()).toBe('green')
    expect(manager.queryPin('q-1')).toBeUndefined()
    manager.close()
  })
})

describe('the queries of processes that die, stop or end', () => {
  it('a process killed with SIGKILL loses its pins, and others report it', async () => {
    await using host = new PeerHost()
    const [holder, other] = await Promise.all([host.child(), host.child({ leaseMs: 1000 })])
    await registered(holder, other)
    holder.signal('SIGKILL')
    expect(await other.told('swept')).toMatchObject({ queryId: 'q-1' })
    expect(await other.ask('pin', { queryId: 'q-1' })).toBeUndefined()
  })

  it('a thread that ends in a living process loses its pins when its lease has expired', async () => {
    await using host = new PeerHost()
    const [holder, other] = await Promise.all([host.thread({ leaseMs: 1000 }), host.child({ leaseMs: 1000 })])
    await registered(holder, other)
    holder.channel.end()
    expect(await other.told('swept')).toMatchObject({ queryId: 'q-1' })
  })

  it('a process that was stopped for longer than its lease does not bring back swept pins', async () => {
    await using host = new PeerHost()
    const [holder, other] = await Promise.all([host.child({ leaseMs: 1000 }), host.child({ leaseMs: 1000 })])
    await registered(holder, other)
    holder.signal('SIGSTOP')
    await other.told('swept')
    holder.signal('SIGCONT')
    expect(await holder.told('swept')).toMatchObject({ queryId: 'q-1' })
    expect(await holder.ask('pin', { queryId: 'q-1' })).toBeUndefined()

    await holder.ask('register', { queryId: 'q-2', strategy: 'green' })
    await until(async () => (await other.ask('pin', { queryId: 'q-2' })) !== undefined)
    expect(await other.ask('pin', { queryId: 'q-1' })).toBeUndefined()
  })

  it('a process that was stopped during a detection does not undo the result of others', async () => {
    await using host = new PeerHost()
    const [stopped, other] = await Promise.all([host.child(), host.child()])
    stopped.signal('SIGSTOP')
    const late = stopped.ask('detected', { strategy: 'blue', epoch: 0 })
    await other.ask('detected', { strategy: 'green', epoch: 0 })
    stopped.signal('SIGCONT')
    expect(await late).toMatchObject({ strategy: 'green', epoch: 1 })
    expect(await other.ask('strategy')).toMatchObject({ activeStrategy: 'green', epoch: 1 })
  })
})

async function registered(holder: Peer, other: Peer): Promise<void> {
  await holder.ask('register', { queryId: 'q-1', strategy: 'blue' })
  await until(async () => (await other.ask('pin', { queryId: 'q-1' })) !== undefined)
}

/** Checks the condition at each turn of the event loop. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}
