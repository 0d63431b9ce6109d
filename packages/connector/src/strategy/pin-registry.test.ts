import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HostFolder } from '../../test/shared-host/host-folder.ts'
import { holderOf, isAlive, newLeaseName, thisHolder } from './lease-holder.ts'
import type { QueryPin } from './strategy-store.ts'

function pinOf(strategy: 'blue' | 'green', host: HostFolder): QueryPin {
  return { strategy, engineIp: '10.0.0.1', lastActivityAt: host.clock.now() }
}

function leasesOf(host: HostFolder): string[] {
  return readdirSync(join(host.clusterFolder, 'leases'))
}

/** Creates a lease that this process did not write. */
function forge(host: HostFolder, name: string, text?: string): void {
  const folder = join(host.clusterFolder, 'leases', name)
  mkdirSync(folder, { mode: 0o700 })
  const pins = [['forged', 'green', '10.0.0.2', host.clock.now()]]
  const whole = JSON.stringify({ format: 2, renewedAt: host.clock.now(), pins })
  writeFileSync(join(folder, 'pins'), text ?? whole, { mode: 0o600 })
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', ''])
  await once(child, 'exit')
  return child.pid!
}

const ROUND_MS = 16_000

describe('the pins of a process', () => {
  it('become visible to other processes of the host, and disappear when the query is dropped', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    one.pins.set('q-1', pinOf('blue', host))
    host.clock.advance(250)
    expect(two.pins.get('q-1')).toEqual({
      ...pinOf('blue', host),
      lastActivityAt: expect.any(Number),
      pid: process.pid,
    })
    expect([...two.pins.all()].map(([queryId]) => queryId)).toEqual(['q-1'])
    expect([...two.pins.own()]).toEqual([])
    one.pins.delete('q-1')
    host.clock.advance(250)
    expect(two.pins.get('q-1')).toBeUndefined()
    expect([...two.pins.all()]).toEqual([])
  })

  it('a query dropped before the next flush touches no file', () => {
    using host = new HostFolder()
    const { store } = host.open()
    for (let i = 0; i < 1000; i++) {
      store.pins.set(`q-${i}`, pinOf('blue', host))
      store.pins.delete(`q-${i}`)
    }
    host.clock.advance(ROUND_MS)
    expect(leasesOf(host)).toEqual([])
  })

  it('two deployments may use the same id: each query has its own pin, and the id alone finds the latest', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    const [blue, green] = [pinOf('blue', host), pinOf('green', host)]
    one.pins.set('q-1', blue)
    host.clock.advance(250)
    one.pins.set('q-1', green)
    expect([...one.pins.own()].map(([, pin]) => pin.strategy)).toEqual(['blue', 'green'])
    host.clock.advance(250)
    for (const { pins } of [one, two]) {
      expect(pins.get('q-1')?.strategy).toBe('green')
      expect(pins.get('q-1', blue)?.strategy).toBe('blue')
      expect(pins.get('q-1', { strategy: 'blue', engineIp: '10.0.0.9' })).toBeUndefined()
    }
    one.pins.delete('q-1', green)
    host.clock.advance(250)
    for (const { pins } of [one, two]) expect(pins.get('q-1')?.strategy).toBe('blue')
  })

  it('of two processes with the same query id, the id finds the most recently active one', () => {
    using host = new HostFolder()
    const [one, two, reader] = [host.open().store, host.open().store, host.open().store]
    two.pins.set('q-1', { ...pinOf('green', host), lastActivityAt: host.clock.now() + 100 })
    one.pins.set('q-1', pinOf('blue', host))
    host.clock.advance(250)
    expect(reader.pins.get('q-1')?.strategy).toBe('green')
  })

  it('are kept in the lease for the lifetime of the process', () => {
    using host = new HostFolder()
    const { store: one, notices } = host.open()
    const { store: two } = host.open()
    one.pins.set('q-1', pinOf('blue', host))
    host.clock.advance(3_600_000)
    expect(two.pins.get('q-1')?.strategy).toBe('blue')
    expect(notices).toEqual([])
  })

  it('are removed from the host when the store is closed', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    one.pins.set('q-1', pinOf('blue', host))
    host.clock.advance(200)
    one.close()
    expect(leasesOf(host)).toEqual([])
    expect(two.pins.get('q-1')).toBeUndefined()
  })

  it('names and addresses too long for an engine are known locally, and not shared', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    const long = 'q'.repeat(100_000)
    one.pins.set(long, pinOf('blue', host))
    one.pins.set('q-2', { ...pinOf('green', host), engineIp: long })
    one.pins.set('q-3', pinOf('green', host))
    host.clock.advance(200)
    expect(one.pins.get(long)?.strategy).toBe('blue')
    expect([...two.pins.all()].map(([queryId]) => queryId)).toEqual(['q-3'])
  })

  it('of 20 000 queries 10 000 are shared, and all are known locally', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    for (let i = 0; i < 20_000; i++) one.pins.set(`q-${i}`, pinOf('blue', host))
    host.clock.advance(5000)
    expect([...one.pins.own()]).toHaveLength(20_000)
    expect([...two.pins.all()]).toHaveLength(10_000)
  })
})

describe('leases that are swept', () => {
  it('the lease of a process that is gone, at once', async () => {
    const pid = await deadPid()
    using host = new HostFolder()
    const { store, notices } = host.open()
    forge(host, newLeaseName({ ...thisHolder(), pid }))
    expect(store.pins.get('forged')).toBeUndefined()
    host.clock.advance(ROUND_MS)
    expect(notices).toEqual([
      { kind: 'swept', queryId: 'forged', pin: expect.objectContaining({ strategy: 'green', pid }) },
    ])
    expect(leasesOf(host)).toEqual([])
  })

  it('the lease of a process whose number was reused', () => {
    using host = new HostFolder()
    const { store, notices } = host.open()
    forge(host, newLeaseName({ ...thisHolder(), startedAt: '1' }))
    expect(store.pins.get('forged')).toBeUndefined()
    host.clock.advance(ROUND_MS)
    expect(notices).toMatchObject([{ kind: 'swept', queryId: 'forged' }])
    expect(leasesOf(host)).toEqual([])
  })

  it('the lease of a living process that did not renew it in time', () => {
    using host = new HostFolder()
    const { store, notices } = host.open()
    forge(host, newLeaseName(thisHolder()))
    expect(store.pins.get('forged')?.strategy).toBe('green')
    host.clock.advance(50_000)
    expect(notices).toEqual([])
    host.clock.advance(30_000)
    expect(notices).toMatchObject([{ kind: 'swept', queryId: 'forged' }])
  })

  it('by the next process that opens the store', async () => {
    const pid = await deadPid()
    using host = new HostFolder()
    host.open().store.close()
    forge(host, newLeaseName({ ...thisHolder(), pid }))
    expect(host.open().notices).toMatchObject([{ kind: 'swept', queryId: 'forged' }])
  })

  it('by only one of many processes', async () => {
    const pid = await deadPid()
    using host = new HostFolder()
    const opened = [host.open(), host.open(), host.open()]
    forge(host, newLeaseName({ ...thisHolder(), pid }))
    host.clock.advance(ROUND_MS)
    expect(opened.flatMap(({ notices }) => notices)).toHaveLength(1)
  })

  it('with the unfinished drafts of a process', async () => {
    const pid = await deadPid()
    using host = new HostFolder()
    host.open()
    const making = join(host.clusterFolder, 'making')
    writeFileSync(join(making, `${newLeaseName({ ...thisHolder(), pid })}.7`), '{"half')
    writeFileSync(join(making, `${newLeaseName(thisHolder())}.7`), '{"being made')
    host.clock.advance(ROUND_MS)
    expect(readdirSync(making)).toHaveLength(1)
  })

  it('a damaged lease of a living process is ignored, and unknown files are left alone', () => {
    using host = new HostFolder()
    const { store, notices } = host.open()
    forge(host, newLeaseName(thisHolder()), '{"format":2,"pi')
    forge(host, newLeaseName(thisHolder()), JSON.stringify({ format: 2, renewedAt: 0, pins: [[1, 2, 3]] }))
    forge(host, 'not a lease')
    host.clock.advance(ROUND_MS)
    expect([...store.pins.all()]).toEqual([])
    expect(notices).toEqual([])
    expect(leasesOf(host)).toContain('not a lease')
  })
})

describe('a process that was paused for longer than its lease', () => {
  it('drops and reports the swept pins, and keeps those registered since', () => {
    using host = new HostFolder()
    const { store: paused, notices } = host.open()
    paused.pins.set('q-1', pinOf('blue', host))
    host.clock.advance(200)
    host.clock.pause(61_000)
    const { store: other, notices: told } = host.open() // sweeps as it opens
    expect(told).toMatchObject([{ kind: 'swept', queryId: 'q-1' }])
    paused.pins.set('q-2', pinOf('green', host))
    host.clock.advance(200)
    expect(notices).toMatchObject([{ kind: 'swept', queryId: 'q-1' }])
    expect(paused.pins.get('q-1')).toBeUndefined()
    expect(other.pins.get('q-1')).toBeUndefined()
    expect(other.pins.get('q-2')?.strategy).toBe('green')
  })

  it('continues with a lease of another name', () => {
    using host = new HostFolder()
    const { store } = host.open()
    store.pins.set('q-1', pinOf('blue', host))
    host.clock.advance(200)
    const [before] = leasesOf(host)
    host.clock.pause(61_000)
    host.open()
    store.pins.set('q-2', pinOf('blue', host))
    host.clock.advance(200)
    expect(leasesOf(host)).toHaveLength(1)
    expect(leasesOf(host)).not.toContain(before)
    expect(readFileSync(join(host.clusterFolder, 'leases', leasesOf(host)[0]!, 'pins'), 'utf8')).not.toContain('q-1')
  })
})

describe('the holder of a lease', () => {
  it('is named by process, start and thread, and never reuses a name', () => {
    const name = newLeaseName(thisHolder())
    expect(holderOf(name)).toEqual(thisHolder())
    expect(newLeaseName(thisHolder())).not.toBe(name)
    expect(holderOf('../../etc/passwd')).toBeUndefined()
  })

  it('is alive when it is this process, and not when its number or its start is another', async () => {
    expect(isAlive(thisHolder())).toBe(true)
    expect(isAlive({ ...thisHolder(), pid: await deadPid() })).toBe(false)
    expect(isAlive({ ...thisHolder(), startedAt: '1' })).toBe(process.platform === 'win32')
  })

  it('a zombie process is not alive', async () => {
    const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()'])
    const holder = { ...thisHolder(), pid: child.pid!, startedAt: 'unknown' }
    expect(isAlive(holder)).toBe(true)
    // After SIGKILL it is a zombie until this process waits for it, which needs a turn of the event loop.
    process.kill(child.pid!, 'SIGKILL')
    const until = Date.now() + 5000
    while (isAlive(holder) && Date.now() < until);
    expect(isAlive(holder)).toBe(false)
    await once(child, 'exit')
  })
})
