import { describe, expect, it } from 'vitest'
import { managed } from '../../test/managed-strategy.ts'
import { ClusterStrategy } from './cluster-strategy.ts'

describe('getActiveStrategy', () => {
  it('is undefined when no strategy was ever known', () => {
    expect(managed().manager.getActiveStrategy()).toBeUndefined()
  })

  it('is undefined when the last answer is older than the cache timeout, five minutes by default', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    clock.advance(300_000)
    expect(manager.getActiveStrategy()).toBe('blue')
    clock.advance(1)
    expect(manager.getActiveStrategy()).toBeUndefined()
  })

  it('the cache timeout is an option', () => {
    const { manager, clock } = managed({ strategyCacheTimeoutMs: 1000 })
    manager.setActiveStrategy('blue')
    clock.advance(1001)
    expect(manager.getActiveStrategy()).toBeUndefined()
  })

  it('the wall clock may jump in either direction without any effect', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    for (const jumpMs of [-600_000, 3_600_000]) {
      clock.jumpWallTime(jumpMs)
      expect(manager.getActiveStrategy()).toBe('blue')
      expect(manager.current()).toEqual({ strategy: 'blue', epoch: 1 })
    }
  })
})

describe('setActiveStrategy', () => {
  it('accepts blue and green in any case', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('Blue')
    expect(manager.getActiveStrategy()).toBe('blue')
    manager.setActiveStrategy(' GREEN ')
    expect(manager.getActiveStrategy()).toBe('green')
    expect(events).toEqual([
      ['strategy:transition', { from: undefined, to: 'blue', epoch: 1, cause: 'set' }],
      ['strategy:transition', { from: 'blue', to: 'green', epoch: 2, cause: 'set' }],
    ])
  })

  for (const value of ['invalid', '', 'blue green', 'p'.repeat(1_000_000), undefined, null, 7, Object.create(null)]) {
    it(`refuses ${String(typeof value === 'string' ? value.slice(0, 12) : typeof value)} with a warning, and changes nothing`, () => {
      const { manager, events, warnings } = managed()
      manager.setActiveStrategy('blue')
      manager.setActiveStrategy(value as string)
      expect(manager.getActiveStrategy()).toBe('blue')
      expect(manager.epoch).toBe(1)
      expect(events.at(-1)).toEqual(['strategy:invalid', { value: expect.any(String), call: 'setActiveStrategy' }])
      expect(warnings()).toMatchObject([{ message: 'invalid strategy: must be blue or green' }])
      expect(JSON.stringify(events).length).toBeLessThan(500)
    })
  }

  it('the active strategy again renews the check time and is no transition', () => {
    const { manager, clock, events } = managed()
    manager.setActiveStrategy('blue')
    clock.advance(200_000)
    manager.setActiveStrategy('blue')
    clock.advance(200_000)
    expect(manager.getActiveStrategy()).toBe('blue')
    expect(events).toHaveLength(1)
  })
})

describe('setPendingStrategy', () => {
  it('accepts a strategy other than the active one, in any case, and leaves the active one unchanged', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.setPendingStrategy('Green')
    expect(manager.getActiveStrategy()).toBe('blue')
    expect(manager.pending).toBe('green')
    expect(events.at(-1)).toEqual(['strategy:announced', { strategy: 'green', active: 'blue', epoch: 1 }])
  })

  it('the active strategy is no change', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.setPendingStrategy('blue')
    expect(manager.pending).toBeUndefined()
    expect(events).toHaveLength(1)
  })

  it('refuses anything else with a warning', () => {
    const { manager, warnings } = managed()
    manager.setActiveStrategy('blue')
    manager.setPendingStrategy('purple')
    expect(manager.pending).toBeUndefined()
    expect(warnings()).toMatchObject([{ facts: { value: 'purple', call: 'setPendingStrategy' } }])
  })
})

describe('applyPendingStrategy', () => {
  it('makes the pending strategy active, clears it, renews the check time and logs the transition', () => {
    const { manager, clock, logged } = managed()
    manager.setActiveStrategy('blue')
    manager.setPendingStrategy('green')
    clock.advance(400_000)
    manager.applyPendingStrategy()
    expect(manager.getActiveStrategy()).toBe('green')
    expect(manager.pending).toBeUndefined()
    expect(manager.inspect().checkedAgoMs).toBe(0)
    expect(logged.at(-1)).toMatchObject({
      level: 'info',
      message: 'strategy transition completed',
      facts: { from: 'blue', to: 'green' },
    })
  })

  it('does nothing when nothing is pending', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.applyPendingStrategy()
    expect(manager.getActiveStrategy()).toBe('blue')
    expect(events).toHaveLength(1)
  })
})

describe('clearStrategyCache', () => {
  it('clears the active and the pending strategy, and the check time is 0', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.setPendingStrategy('green')
    manager.clearStrategyCache()
    expect(manager.getActiveStrategy()).toBeUndefined()
    expect(manager.getSharedStrategy()).toMatchObject({ pendingStrategy: undefined, lastCheckTime: 0, epoch: 2 })
    expect(events.at(-1)).toEqual(['strategy:cleared', { from: 'blue', epoch: 2 }])
  })

  it('the next detection starts with the strategy that was active', () => {
    const { manager } = managed()
    manager.setActiveStrategy('green')
    manager.clearStrategyCache()
    expect(manager.detectionOrder()).toEqual(['green', 'blue'])
  })

  it('leaves running queries unchanged', () => {
    const { manager } = managed()
    manager.setActiveStrategy('blue')
    manager.registerQueryStrategy('q-1', 'blue')
    manager.clearStrategyCache()
    expect(manager.getQueryStrategy('q-1')).toBe('blue')
  })
})

describe('the strategy of a query', () => {
  it('is the one it was registered with, in any case, regardless of the active one', () => {
    const { manager } = managed()
    manager.setActiveStrategy('blue')
    manager.registerQueryStrategy('q-1', 'BLUE', '10.0.0.1')
    manager.setActiveStrategy('green')
    expect(manager.getQueryStrategy('q-1')).toBe('blue')
    expect(manager.queryPin('q-1')).toMatchObject({ strategy: 'blue', engineIp: '10.0.0.1' })
  })

  it('is the active one for an unknown query, and for one that was dropped', () => {
    const { manager } = managed()
    expect(manager.getQueryStrategy('q-1')).toBeUndefined()
    manager.setActiveStrategy('green')
    expect(manager.getQueryStrategy('q-1')).toBe('green')
    manager.registerQueryStrategy('q-1', 'blue')
    manager.cleanupQueryStrategy('q-1')
    expect(manager.getQueryStrategy('q-1')).toBe('green')
    expect(manager.queryPin('q-1')).toBeUndefined()
    manager.cleanupQueryStrategy('q-1')
  })

  it('a missing id or an invalid strategy is refused with a warning', () => {
    const { manager, warnings } = managed()
    manager.registerQueryStrategy('', 'blue')
    manager.registerQueryStrategy('q-1', 'purple')
    expect(manager.getSharedStrategy().queryStrategyMap).toEqual({})
    expect(warnings().map(({ facts }) => facts)).toEqual([
      { value: '(no query id)', call: 'registerQueryStrategy' },
      { value: 'purple', call: 'registerQueryStrategy' },
    ])
  })

  it('an abandoned query is dropped after an hour without activity, with an event, and delays nothing else', () => {
    const { manager, clock, events } = managed()
    manager.setActiveStrategy('blue')
    manager.registerQueryStrategy('q-1', 'blue')
    clock.advance(3_500_000)
    expect(manager.queryPin('q-1')).toBeDefined()
    clock.advance(1_200_000)
    expect(manager.queryPin('q-1')).toBeUndefined()
    expect(events.at(-1)).toEqual([
      'strategy:swept',
      { queryId: 'q-1', strategy: 'blue', idleMs: expect.toSatisfy((ms) => ms >= 3_600_000), reason: 'idle' },
    ])
    manager.setActiveStrategy('green')
    expect(manager.getActiveStrategy()).toBe('green')
  })

  it('a query with activity is kept, however long it takes', () => {
    const { manager, clock } = managed({ queryIdleTimeoutMs: 10_000 })
    manager.registerQueryStrategy('q-1', 'blue')
    const place = manager.queryPin('q-1')!
    for (let i = 0; i < 100; i++) {
      clock.advance(9000)
      manager.queryActive('q-1', place)
    }
    expect(manager.queryPin('q-1')).toBeDefined()
  })

  it('late activity does not bring back a dropped query', () => {
    const { manager, clock } = managed({ queryIdleTimeoutMs: 10_000 })
    manager.registerQueryStrategy('q-1', 'blue')
    const place = manager.queryPin('q-1')!
    clock.advance(20_000)
    manager.queryActive('q-1', place)
    expect(manager.queryPin('q-1')).toBeUndefined()
  })

  it('nothing is scheduled once all queries are dropped', () => {
    const { manager, clock } = managed({ queryIdleTimeoutMs: 10_000 })
    manager.registerQueryStrategy('q-1', 'blue')
    manager.cleanupQueryStrategy('q-1')
    clock.advance(20_000)
    expect(clock.waiting).toBe(0)
  })
})

describe('getSharedStrategy and inspect', () => {
  it('show everything, with times of the wall clock', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    const setAt = clock.wallTime()
    manager.setPendingStrategy('green')
    manager.registerQueryStrategy('q-1', 'blue')
    manager.registerQueryStrategy('q-2', 'green')
    clock.advance(5000)
    const shared = {
      activeStrategy: 'blue',
      lastCheckTime: setAt,
      pendingStrategy: 'green',
      queryStrategyMap: { 'q-1': 'blue', 'q-2': 'green' },
      epoch: 1,
      transitionedAt: setAt,
    }
    expect(manager.getSharedStrategy()).toEqual(shared)
    expect(manager.inspect()).toEqual({
      ...shared,
      pendingReady: false,
      checkedAgoMs: 5000,
      inFlight: { blue: 1, green: 1 },
      queries: [
        { queryId: 'q-1', strategy: 'blue', pid: undefined, idleMs: 5000 },
        { queryId: 'q-2', strategy: 'green', pid: undefined, idleMs: 5000 },
      ],
      lastMismatch: undefined,
      waitingCalls: 0,
      switchesAllowed: 3,
      recent: [],
      users: [],
      storeFailure: undefined,
      counts: { 'strategy:transition': 1, 'strategy:announced': 1 },
    })
  })

  it('show nothing when nothing is known', () => {
    const { manager } = managed()
    expect(manager.inspect()).toEqual({
      activeStrategy: undefined,
      lastCheckTime: 0,
      pendingStrategy: undefined,
      queryStrategyMap: {},
      epoch: 0,
      transitionedAt: undefined,
      pendingReady: false,
      checkedAgoMs: undefined,
      inFlight: { blue: 0, green: 0 },
      queries: [],
      lastMismatch: undefined,
      waitingCalls: 0,
      switchesAllowed: 3,
      recent: [],
      users: [],
      storeFailure: undefined,
      counts: {},
    })
  })

  it('are snapshots: changing them has no effect', () => {
    const { manager } = managed()
    manager.setActiveStrategy('blue')
    const snapshot = manager.getSharedStrategy()
    snapshot.activeStrategy = 'green'
    snapshot.queryStrategyMap['q-1'] = 'green'
    expect(manager.getActiveStrategy()).toBe('blue')
    expect(manager.getSharedStrategy().queryStrategyMap).toEqual({})
  })
})

describe('the strategy interface for programs', () => {
  it('has the nine functions of the API reference, inspect and events, and no reports of calls', () => {
    const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(ClusterStrategy.prototype)
    expect(Object.keys(members).sort()).toEqual([
      'applyPendingStrategy',
      'cleanupQueryStrategy',
      'clearStrategyCache',
      'close',
      'events',
      'getActiveStrategy',
      'getQueryStrategy',
      'getSharedStrategy',
      'inspect',
      'registerQueryStrategy',
      'setActiveStrategy',
      'setPendingStrategy',
    ])
  })
})
