import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import type { StrategyEvents } from '../observability/events.ts'
import { MemoryStrategyStore } from './memory-store.ts'
import { StrategyManager, type StrategyManagerOptions } from './strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from './strategy-state.ts'
import type { StoreNotice, StrategyStore, StrategyUpdate } from './strategy-store.ts'

const EVENT_NAMES = [
  'strategy:announced',
  'strategy:withdrawn',
  'strategy:ready',
  'strategy:transition',
  'strategy:cleared',
  'strategy:mismatch',
  'strategy:ignored',
  'strategy:swept',
  'strategy:invalid',
  'strategy:store-unavailable',
] as const satisfies readonly (keyof StrategyEvents)[]

/** A manager on a clock that the test moves, with all that it tells. */
function managed(options: StrategyManagerOptions = {}) {
  const clock = new ManualClock()
  const logged: { level: string; message: string; facts: object }[] = []
  const log = (level: string) => (facts: object, message: string) => void logged.push({ level, message, facts })
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  const manager = new StrategyManager({ clock, logger, ...options })
  const events: [name: string, facts: object][] = []
  for (const name of EVENT_NAMES) manager.events.on(name, (facts: object) => events.push([name, facts]))
  return { manager, clock, events, logged, warnings: () => logged.filter(({ level }) => level === 'warn') }
}

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
  it('takes blue and green in any case', () => {
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
  it('takes a strategy other than the active one, in any case, and leaves the active one alone', () => {
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
  it('forgets the active and the pending strategy, and the check time is 0', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.setPendingStrategy('green')
    manager.clearStrategyCache()
    expect(manager.getActiveStrategy()).toBeUndefined()
    expect(manager.getSharedStrategy()).toMatchObject({ pendingStrategy: undefined, lastCheckTime: 0, epoch: 2 })
    expect(events.at(-1)).toEqual(['strategy:cleared', { from: 'blue', epoch: 2 }])
  })

  it('what is detected next begins with the strategy that was active', () => {
    const { manager } = managed()
    manager.setActiveStrategy('green')
    manager.clearStrategyCache()
    expect(manager.detectionOrder()).toEqual(['green', 'blue'])
  })

  it('leaves the queries that run where they are', () => {
    const { manager } = managed()
    manager.setActiveStrategy('blue')
    manager.registerQueryStrategy('q-1', 'blue')
    manager.clearStrategyCache()
    expect(manager.getQueryStrategy('q-1')).toBe('blue')
  })
})

describe('the strategy of a query', () => {
  it('is the one it was registered with, in any case, whatever is active', () => {
    const { manager } = managed()
    manager.setActiveStrategy('blue')
    manager.registerQueryStrategy('q-1', 'BLUE', '10.0.0.1')
    manager.setActiveStrategy('green')
    expect(manager.getQueryStrategy('q-1')).toBe('blue')
    expect(manager.queryPin('q-1')).toMatchObject({ strategy: 'blue', engineIp: '10.0.0.1' })
  })

  it('is the active one for a query that is not known, and for one that was cleaned up', () => {
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

  it('a forgotten query is dropped after an hour without activity, with an event, and nothing else is held up', () => {
    const { manager, clock, events } = managed()
    manager.setActiveStrategy('blue')
    manager.registerQueryStrategy('q-1', 'blue')
    clock.advance(3_500_000)
    expect(manager.queryPin('q-1')).toBeDefined()
    clock.advance(1_200_000)
    expect(manager.queryPin('q-1')).toBeUndefined()
    expect(events.at(-1)).toEqual([
      'strategy:swept',
      { queryId: 'q-1', strategy: 'blue', idleMs: expect.toSatisfy((ms) => ms >= 3_600_000) },
    ])
    manager.setActiveStrategy('green')
    expect(manager.getActiveStrategy()).toBe('green')
  })

  it('a query with activity is kept, however long it takes', () => {
    const { manager, clock } = managed({ queryIdleTimeoutMs: 10_000 })
    manager.registerQueryStrategy('q-1', 'blue')
    for (let i = 0; i < 100; i++) {
      clock.advance(9000)
      manager.queryActive('q-1')
    }
    expect(manager.queryPin('q-1')).toBeDefined()
  })

  it('a query that was dropped is not brought back by late activity', () => {
    const { manager, clock } = managed({ queryIdleTimeoutMs: 10_000 })
    manager.registerQueryStrategy('q-1', 'blue')
    clock.advance(20_000)
    manager.queryActive('q-1')
    expect(manager.queryPin('q-1')).toBeUndefined()
  })

  it('nothing is scheduled once all queries are cleaned up', () => {
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
      counts: {},
    })
  })

  it('are snapshots: what is done to them changes nothing', () => {
    const { manager } = managed()
    manager.setActiveStrategy('blue')
    const snapshot = manager.getSharedStrategy()
    snapshot.activeStrategy = 'green'
    snapshot.queryStrategyMap['q-1'] = 'green'
    expect(manager.getActiveStrategy()).toBe('blue')
    expect(manager.getSharedStrategy().queryStrategyMap).toEqual({})
  })
})

describe('what answers say', () => {
  it('an announced strategy becomes active at the boundary after it was found ready', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    const ticket = manager.boundary()!
    manager.accepted(ticket, 'GREEN')
    expect(manager.boundary()).toEqual(ticket)
    expect(manager.ready('green', ticket.epoch)).toBe(true)
    expect(manager.boundary()).toEqual({ strategy: 'green', epoch: 2 })
    expect(events.slice(1)).toEqual([
      ['strategy:announced', { strategy: 'green', active: 'blue', epoch: 1 }],
      ['strategy:ready', { strategy: 'green', epoch: 1 }],
      ['strategy:transition', { from: 'blue', to: 'green', epoch: 2, cause: 'announced' }],
    ])
  })

  it('an announcement that is taken back before the cut-over is withdrawn', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    const ticket = manager.boundary()!
    manager.accepted(ticket, 'green')
    manager.ready('green', ticket.epoch)
    manager.accepted(ticket, 'blue')
    expect(manager.boundary()).toEqual(ticket)
    expect(events.at(-1)).toEqual(['strategy:withdrawn', { strategy: 'green', active: 'blue', epoch: 1 }])
  })

  for (const value of ['purple', '', 'g'.repeat(1 << 20)]) {
    it(`'${value.slice(0, 8)}' of ${value.length} letters is no strategy: ignored and counted`, () => {
      const { manager, events } = managed()
      manager.setActiveStrategy('blue')
      manager.accepted(manager.current()!, value)
      expect(manager.pending).toBeUndefined()
      const facts = { reason: 'unknown value', value: value.slice(0, 32), epoch: 1 }
      expect(events.at(-1)).toEqual(['strategy:ignored', facts])
      expect(manager.inspect().counts['strategy:ignored']).toBe(1)
    })
  }

  it('a late answer of the former strategy is ignored and counted', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    const late = manager.current()!
    manager.setActiveStrategy('green')
    manager.accepted(late, 'blue')
    expect(manager.pending).toBeUndefined()
    expect(events.at(-1)).toEqual([
      'strategy:ignored',
      { reason: 'sent before the last transition', value: 'blue', epoch: 2 },
    ])
  })

  it('an answer of another strategy than the active one is ignored and counted', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.accepted({ strategy: 'green', epoch: 1 }, 'green')
    expect(manager.pending).toBeUndefined()
    expect(events.at(-1)).toEqual([
      'strategy:ignored',
      { reason: 'from another strategy than the active one', value: 'green', epoch: 1 },
    ])
  })

  it('late news that says what is so already is not counted', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    const late = manager.current()!
    manager.setActiveStrategy('green')
    manager.accepted(late, 'green')
    expect(events.map(([name]) => name)).not.toContain('strategy:ignored')
  })

  it('an accepted answer renews the check time, at most once a second', () => {
    const updates: StrategyUpdate[] = []
    const store = recording(updates)
    const { manager, clock } = managed({ store })
    manager.setActiveStrategy('blue')
    for (let i = 0; i < 1000; i++) {
      clock.advance(10)
      manager.accepted(manager.current()!, undefined)
    }
    expect(updates.filter(({ before, after }) => before !== after)).toHaveLength(11)
    expect(manager.inspect().checkedAgoMs).toBeLessThanOrEqual(1000)
  })
})

describe('what refusals say', () => {
  it('a strategy that refuses a call is forgotten, counted and logged', () => {
    const { manager, events, logged } = managed()
    manager.setActiveStrategy('blue')
    manager.refused(manager.current()!, 'prepareStatement')
    expect(manager.current()).toBeUndefined()
    expect(events.slice(1)).toEqual([
      ['strategy:mismatch', { strategy: 'blue', epoch: 1, call: 'prepareStatement' }],
      ['strategy:cleared', { from: 'blue', epoch: 2 }],
    ])
    expect(logged.map(({ message }) => message)).toContain('strategy mismatch')
    expect(manager.inspect().lastMismatch).toEqual({ strategy: 'blue', agoMs: 0 })
  })

  it('a thousand calls refused together clear it once', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    const ticket = manager.current()!
    for (let i = 0; i < 1000; i++) manager.refused(ticket, 'prepareStatement')
    expect(manager.epoch).toBe(2)
    expect(events.filter(([name]) => name === 'strategy:cleared')).toHaveLength(1)
    expect(manager.inspect().counts['strategy:mismatch']).toBe(1000)
  })

  it('a refusal moves to a strategy that is ready, at once, and says that it was forced', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    const ticket = manager.current()!
    manager.accepted(ticket, 'green')
    manager.ready('green', ticket.epoch)
    manager.refused(ticket, 'prepareStatement')
    expect(manager.current()).toEqual({ strategy: 'green', epoch: 2 })
    expect(events.at(-1)).toEqual(['strategy:transition', { from: 'blue', to: 'green', epoch: 2, cause: 'forced' }])
  })

  it('a query that runs and is refused moves nothing, and is counted', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.pinnedRefused(manager.current()!, 'getNextResultBatch')
    expect(manager.current()).toEqual({ strategy: 'blue', epoch: 1 })
    expect(events.at(-1)).toEqual(['strategy:mismatch', { strategy: 'blue', epoch: 1, call: 'getNextResultBatch' }])
  })

  it('what others have found meanwhile is looked at before anything is cleared', () => {
    const store = new MemoryStrategyStore(initialStrategyState(DEFAULT_STRATEGY_LIMITS))
    const here = new StrategyManager({ store: refreshing(store), clock: new ManualClock() })
    const there = new StrategyManager({ store, clock: new ManualClock() })
    there.setActiveStrategy('blue')
    here.detectionOrder()
    const ticket = here.current()!
    there.setActiveStrategy('green')
    here.refused(ticket, 'prepareStatement')
    expect(here.current()).toEqual({ strategy: 'green', epoch: 2 })
  })
})

describe('what detection finds', () => {
  it('becomes active, and says that it was detected', () => {
    const { manager, events } = managed()
    expect(manager.detectionOrder()).toEqual(['blue', 'green'])
    expect(manager.detected('green', manager.epoch)).toEqual({ strategy: 'green', epoch: 1 })
    expect(events).toEqual([['strategy:transition', { from: undefined, to: 'green', epoch: 1, cause: 'detected' }]])
  })

  it('yields to what was found meanwhile', () => {
    const { manager } = managed()
    const { epoch } = manager
    manager.setActiveStrategy('green')
    expect(manager.detected('blue', epoch)).toEqual({ strategy: 'green', epoch: 1 })
  })
})

describe('news of the store', () => {
  it('a transition that another process made is told here too', () => {
    const listeners: ((update: StrategyUpdate) => void)[] = []
    const store = new MemoryStrategyStore(initialStrategyState(DEFAULT_STRATEGY_LIMITS))
    const shared: StrategyStore = Object.assign(store, {
      onChange: (listener: (update: StrategyUpdate) => void) => {
        listeners.push(listener)
        return () => listeners.splice(0)
      },
    })
    const { manager, events } = managed({ store: shared })
    manager.setActiveStrategy('blue')
    const before = store.read()
    listeners[0]!({ before, after: { ...before, epoch: 2, active: 'green' } })
    expect(events.at(-1)).toEqual(['strategy:transition', expect.objectContaining({ from: 'blue', to: 'green' })])
    manager.close()
    expect(listeners).toEqual([])
  })

  it('a store that cannot be used, and pins that others left, are events and log lines', () => {
    let tell: (notice: StoreNotice) => void = () => undefined
    const store = Object.assign(new MemoryStrategyStore(initialStrategyState(DEFAULT_STRATEGY_LIMITS)), {
      onNotice: (listener: (notice: StoreNotice) => void) => {
        tell = listener
        return () => undefined
      },
    })
    const { events, warnings, clock, logged } = managed({ store })
    tell({ kind: 'unavailable', reason: 'the disk is full' })
    tell({ kind: 'available' })
    const pin = { strategy: 'blue', engineIp: '', lastActivityAt: clock.now() - 500 } as const
    tell({ kind: 'swept', queryId: 'q-1', pin })
    expect(events).toEqual([
      ['strategy:store-unavailable', { reason: 'the disk is full' }],
      ['strategy:swept', { queryId: 'q-1', strategy: 'blue', idleMs: 500 }],
    ])
    expect(warnings()).toHaveLength(2)
    expect(logged.map(({ level }) => level)).toEqual(['warn', 'info', 'warn'])
  })
})

describe('a listener that throws', () => {
  it('breaks nothing: the others hear the event, and the fault is logged', () => {
    const { manager, events, logged } = managed()
    manager.events.on('strategy:transition', () => {
      throw new Error('listener')
    })
    manager.setActiveStrategy('blue')
    expect(manager.getActiveStrategy()).toBe('blue')
    expect(events).toHaveLength(1)
    expect(logged.some(({ level }) => level === 'error')).toBe(true)
  })
})

/** Stores what each update came to. */
function recording(updates: StrategyUpdate[]): StrategyStore {
  const store = new MemoryStrategyStore(initialStrategyState(DEFAULT_STRATEGY_LIMITS))
  const update = store.update.bind(store)
  return Object.assign(store, {
    update: (change: Parameters<typeof update>[0]) => {
      const outcome = update(change)
      updates.push(outcome)
      return outcome
    },
  })
}

/** A view on a store that sees what others wrote only when it looks again. */
function refreshing(store: MemoryStrategyStore): StrategyStore {
  let seen = store.read()
  return {
    pins: store.pins,
    read: () => seen,
    refresh() {
      seen = store.read()
    },
    update(change) {
      const update = store.update(change)
      seen = update.after
      return update
    },
    onChange: () => () => undefined,
    close: () => undefined,
  }
}
