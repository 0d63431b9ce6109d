import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HostFolder } from '../../test/shared-host/host-folder.ts'
import { StrategyManager } from './strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, type StrategyState, step } from './strategy-state.ts'
import type { StrategyStore, StrategyUpdate } from './strategy-store.ts'

const LIMITS = DEFAULT_STRATEGY_LIMITS

function activate(store: StrategyStore, strategy: 'blue' | 'green', now: number): StrategyUpdate {
  return store.update((state) => step(state, { kind: 'set-active', strategy }, now, LIMITS))
}

function addToken(state: StrategyState): StrategyState {
  return { ...state, budget: { ...state.budget, tokens: state.budget.tokens + 1 } }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

describe('a state shared by two stores', () => {
  it('the writes of one are read and reported by the other on refresh', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    const told: StrategyUpdate[] = []
    two.onChange((update) => told.push(update))
    activate(one, 'green', host.clock.now())
    two.refresh()
    expect(two.read()).toEqual(one.read())
    expect(two.read()).toMatchObject({ active: 'green', epoch: 1 })
    expect(told.map(({ before, after }) => [before.active, after.active])).toEqual([[undefined, 'green']])
  })

  it('the writes of one reach the other automatically', async () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    const told = new Promise<StrategyUpdate>((resolve) => two.onChange(resolve))
    activate(one, 'green', host.clock.now())
    expect((await told).after.active).toBe('green')
  })

  it('a store opened later starts with the shared state, not with its own', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    activate(one, 'green', host.clock.now())
    expect(host.open().store.read()).toEqual(one.read())
  })

  it('each user of a cluster has a state, and all see the list of users', () => {
    using host = new HostFolder()
    const { store: one } = host.open({ user: 'aa11' })
    const { store: two } = host.open({ user: '0022' })
    const { store: other } = host.open({ key: 'b|80|', user: 'cc33' })
    const { store: nameless } = host.open()
    activate(one, 'green', host.clock.now())
    host.clock.advance(1000)
    for (const store of [two, nameless]) {
      store.refresh()
      expect(store.read().active).toBeUndefined()
      expect(store.users?.()).toEqual(['0022', 'aa11'])
    }
    expect(other.users?.()).toEqual(['cc33'])
  })

  it('stores of different clusters never influence each other', () => {
    using host = new HostFolder()
    const { store: one } = host.open({ key: 'a|80|' })
    const { store: two } = host.open({ key: 'b|80|' })
    activate(one, 'green', host.clock.now())
    one.pins.set('q-1', { strategy: 'green', engineIp: '', lastActivityAt: host.clock.now() })
    host.clock.advance(1000)
    two.refresh()
    expect(two.read().active).toBeUndefined()
    expect(two.pins.get('q-1')).toBeUndefined()
  })

  it('the second of two concurrent writers applies its change to the state of the first', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    let isFirst = true
    const told: StrategyUpdate[] = []
    one.onChange((update) => told.push(update))
    const update = one.update((state) => {
      if (isFirst) activate(two, 'green', host.clock.now())
      isFirst = false
      return addToken(state)
    })
    expect(update.before.active).toBe('green')
    expect(update.after).toMatchObject({ active: 'green', budget: { tokens: LIMITS.switchBurst + 1 } })
    expect(told.map(({ after }) => after.active)).toEqual(['green'])
    expect(one.read()).toBe(update.after)
  })

  it('a listener that changes the state during another change loses neither', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    one.onChange(() => one.update(addToken))
    activate(two, 'green', host.clock.now())
    one.update((state) => ({ ...state, epoch: state.epoch + 1 }))
    expect(one.read()).toMatchObject({ active: 'green', epoch: 2, budget: { tokens: LIMITS.switchBurst + 1 } })
    two.refresh()
    expect(two.read()).toEqual(one.read())
  })

  it('a change without effect returns the same object and writes no file', () => {
    using host = new HostFolder()
    const { store } = host.open()
    const before = store.read()
    const files = filesIn(host.directory)
    const update = store.update((state) => state)
    expect(update.before).toBe(before)
    expect(update.after).toBe(before)
    expect(filesIn(host.directory)).toEqual(files)
  })

  it('a confirmation is not a new version, and reaches the others on refresh', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    activate(one, 'green', host.clock.now())
    two.refresh()
    const versions = filesIn(join(host.clusterFolder, 'states'))
    host.clock.advance(60_000)
    const by = { strategy: 'green', epoch: 1 } as const
    one.update((state) => step(state, { kind: 'confirmed', by, sentAt: 0 }, host.clock.now(), LIMITS))
    const confirmedAt = host.clock.now()
    host.clock.advance(1000)
    two.refresh()
    expect(two.read().checkedAt).toBe(confirmedAt)
    expect(filesIn(join(host.clusterFolder, 'states'))).toEqual(versions)
  })

  it('a confirmation is not carried over to another epoch', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    activate(one, 'green', host.clock.now())
    host.clock.advance(2000)
    one.update((state) => ({ ...state, checkedAt: host.clock.now() }))
    host.clock.advance(1000)
    one.update((state) => step(state, { kind: 'clear' }, host.clock.now(), LIMITS))
    expect(one.read().checkedAt).toBe(0)
    one.refresh()
    expect(one.read().checkedAt).toBe(0)
    expect(host.open().store.read().checkedAt).toBe(0)
  })

  it('an unwritten confirmation is kept when another process announces a strategy', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    activate(one, 'green', host.clock.now())
    two.refresh()
    host.clock.pause(5000)
    const confirmed = host.clock.now()
    one.update((state) => ({ ...state, checkedAt: confirmed }))
    two.update((state) => step(state, { kind: 'set-pending', strategy: 'blue' }, host.clock.now(), LIMITS))
    one.refresh()
    expect(one.read()).toMatchObject({ checkedAt: confirmed, pending: { strategy: 'blue' } })
  })

  it('the state does not depend on the wall clock', () => {
    using host = new HostFolder()
    const one = new StrategyManager({ store: host.open().store, clock: host.clock })
    const two = new StrategyManager({ store: host.open().store, clock: host.clock })
    one.setActiveStrategy('green')
    for (const jump of [-600_000, 3_600_000 + 600_000]) {
      host.clock.jumpWallTime(jump)
      host.clock.advance(1000)
      two.detectionOrder()
      expect(two.getActiveStrategy()).toBe('green')
      const late = new StrategyManager({ store: host.open().store, clock: host.clock })
      expect(late.getActiveStrategy()).toBe('green')
      expect(late.getSharedStrategy().lastCheckTime).toBeCloseTo(host.clock.wallTime() - 1000 * (jump < 0 ? 1 : 2), 0)
    }
  })

  it('files contain no session, user or token, and no other user may read them', () => {
    using host = new HostFolder()
    const { store } = host.open({ key: 'secret-host.example|443|prod' })
    activate(store, 'green', host.clock.now())
    store.pins.set('q-1', { strategy: 'green', engineIp: '10.0.0.1', lastActivityAt: host.clock.now() })
    host.clock.advance(1000)
    const files = filesIn(host.directory)
    expect(files.length).toBeGreaterThanOrEqual(3)
    expect(files.join()).not.toContain('secret-host')
    const words = new Set(files.flatMap((file) => readFileSync(file, 'utf8').match(/[a-zA-Z]+/g) ?? []))
    const known =
      'format publishedAt state epoch active green pending lastKnown refusal checkedAt servedAt transitionedAt budget tokens at refillMs moves strays renewedAt pins q'
    expect([...words].filter((word) => !known.split(' ').includes(word))).toEqual([])
    expect(new Set(files.map((file) => statSync(file).mode & 0o777))).toEqual(new Set([0o600]))
    const folders = [host.userFolder, host.clusterFolder, join(host.clusterFolder, 'states')]
    expect(folders.map((folder) => statSync(folder).mode & 0o777)).toEqual([0o700, 0o700, 0o700])
  })
})

describe('versions of the shared state', () => {
  it('a writer that took longer than a minute reads again before it writes', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    let runs = 0
    one.update((state) => {
      runs += 1
      if (runs === 2) {
        for (let i = 0; i < 5; i++) two.update(addToken)
        host.clock.pause(61_000)
      }
      return addToken(state)
    })
    expect(runs).toBeGreaterThan(2)
    two.refresh()
    expect(two.read().budget.tokens).toBe(LIMITS.switchBurst + 6)
    expect(one.read()).toEqual(two.read())
  })

  it('a writer that links a number others have used and removed does not win, and applies its change again', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    const states = join(host.clusterFolder, 'states')
    let runs = 0
    one.update((state) => {
      runs += 1
      if (runs === 2) {
        for (let i = 0; i < 5; i++) two.update(addToken)
        for (const number of ['1', '2', '3', '4']) rmSync(join(states, number))
      }
      return addToken(state)
    })
    two.refresh()
    expect(two.read().budget.tokens).toBe(LIMITS.switchBurst + 6)
    expect(one.read()).toEqual(two.read())
  })

  it('are kept for ten minutes, and the newest forever', () => {
    using host = new HostFolder()
    const { store } = host.open()
    const states = () => readdirSync(join(host.clusterFolder, 'states')).sort()
    for (let i = 0; i < 3; i++) {
      store.update(addToken)
      host.clock.advance(60_000)
    }
    expect(states()).toEqual(['1', '2', '3', '4'])
    host.clock.advance(410_000)
    expect(states()).toEqual(['1', '2', '3', '4'])
    host.clock.advance(30_000)
    expect(states()).toEqual(['3', '4'])
    host.clock.advance(86_400_000)
    expect(states()).toEqual(['4'])
  })

  it('a program that changes the state endlessly does not fill the memory', () => {
    using host = new HostFolder()
    const { store } = host.open()
    for (let i = 0; i < 12_000; i++) {
      store.update(addToken)
      host.clock.pause(1)
    }
    expect(readdirSync(join(host.clusterFolder, 'states')).length).toBeLessThan(4096 + 2000 + 1024)
    expect(host.open().store.read().budget.tokens).toBe(LIMITS.switchBurst + 12_000)
  })

  it('a reader that slept while all its known versions were removed finds the newest', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    for (let i = 0; i < 40; i++) one.update(addToken)
    for (let i = 1; i < 30; i++) rmSync(join(host.clusterFolder, 'states', String(i)))
    two.refresh()
    expect(two.read()).toEqual(one.read())
  })
})

describe('the folder of a cluster', () => {
  it('that was not used for a day is removed when another is created, and one in use never is', () => {
    using host = new HostFolder()
    host.open({ key: 'forsaken|80|', user: 'f0' }).store.close()
    host.open({ key: 'used|80|', user: 'f0' })
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000)
    for (const name of readdirSync(host.userFolder)) utimesSync(join(host.userFolder, name), twoDaysAgo, twoDaysAgo)
    host.clock.advance(10_000) // a round of the store in use
    host.open({ key: 'new|80|' })
    expect(readdirSync(host.userFolder)).toHaveLength(2)
  })
})

describe('a store that is currently unused', () => {
  const pin = (host: HostFolder) => ({ strategy: 'green', engineIp: 'e', lastActivityAt: host.clock.now() }) as const

  it('has written the remaining pins, and drops each at once', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    const { store: two } = host.open()
    one.pins.set('q-1', pin(host))
    expect(two.pins.get('q-1')).toBeUndefined()
    one.rest?.()
    host.clock.pause(200) // `two` refreshes, and no timer of `one` has run.
    expect(two.pins.get('q-1')).toMatchObject({ strategy: 'green' })
    one.pins.delete('q-1')
    host.clock.pause(200)
    expect(two.pins.get('q-1')).toBeUndefined()
    expect(filesIn(join(host.clusterFolder, 'leases'))).toEqual([])
  })

  it('leaves no lease behind when no query is left', () => {
    using host = new HostFolder()
    const { store } = host.open()
    store.pins.set('q-1', pin(host))
    host.clock.advance(200)
    expect(filesIn(join(host.clusterFolder, 'leases'))).toHaveLength(1)
    store.pins.delete('q-1')
    store.rest?.()
    expect(readdirSync(join(host.clusterFolder, 'leases'))).toEqual([])
  })

  it('has written the time of the last confirmation', () => {
    using host = new HostFolder()
    const { store: one } = host.open()
    activate(one, 'green', host.clock.now())
    host.clock.pause(2000)
    const confirmed = host.clock.now()
    one.update((state) => ({ ...state, checkedAt: confirmed }))
    one.rest?.()
    expect(host.open().store.read().checkedAt).toBe(confirmed)
  })

  it('delays writes again after the next query', () => {
    using host = new HostFolder()
    const { store } = host.open()
    store.rest?.()
    store.pins.set('q-1', pin(host))
    store.pins.delete('q-1')
    expect(readdirSync(join(host.clusterFolder, 'leases'))).toEqual([])
    store.pins.set('q-2', pin(host))
    host.clock.advance(200)
    expect(filesIn(join(host.clusterFolder, 'leases'))).toHaveLength(1)
  })
})
