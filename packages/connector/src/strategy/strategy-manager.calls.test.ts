import { describe, expect, it } from 'vitest'
import { managed } from '../../test/managed-strategy.ts'
import { ManualClock } from '../../test/manual-clock.ts'
import { MemoryStrategyStore } from './memory-store.ts'
import { StrategyManager } from './strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from './strategy-state.ts'
import type { StoreNotice, StrategyStore, StrategyUpdate } from './strategy-store.ts'

describe('what answers say', () => {
  it('an announced strategy becomes active at the boundary after it was found ready', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    const ticket = manager.boundary()!
    manager.pinnedAccepted(ticket, 'GREEN')
    expect(manager.boundary()).toEqual(ticket)
    expect(manager.ready('green', ticket.epoch)).toBe(true)
    expect(manager.boundary()).toEqual({ strategy: 'green', epoch: 2 })
    expect(events.slice(1)).toEqual([
      ['strategy:announced', { strategy: 'green', active: 'blue', epoch: 1 }],
      ['strategy:ready', { strategy: 'green', epoch: 1 }],
      ['strategy:transition', { from: 'blue', to: 'green', epoch: 2, cause: 'announced' }],
    ])
  })

  it('an announcement that is taken back before the cut-over is withdrawn, a second later', () => {
    const { manager, clock, events } = managed()
    manager.setActiveStrategy('blue')
    const ticket = manager.boundary()!
    manager.pinnedAccepted(ticket, 'green')
    manager.ready('green', ticket.epoch)
    manager.pinnedAccepted(ticket, 'blue')
    expect(manager.boundary()).toEqual(ticket)
    expect(manager.pending).toBe('green')
    clock.advance(1000)
    expect(manager.pending).toBeUndefined()
    expect(manager.boundary()).toEqual(ticket)
    expect(events.at(-1)).toEqual(['strategy:withdrawn', { strategy: 'green', active: 'blue', epoch: 1 }])
  })

  for (const value of ['purple', '', 'g'.repeat(1 << 20)]) {
    it(`'${value.slice(0, 8)}' of ${value.length} letters is no strategy: ignored and counted`, () => {
      const { manager, events } = managed()
      manager.setActiveStrategy('blue')
      manager.pinnedAccepted(manager.current()!, value)
      expect(manager.pending).toBeUndefined()
      const facts = { reason: 'unknown-value', value: value.slice(0, 32), epoch: 1 }
      expect(events.at(-1)).toEqual(['strategy:ignored', facts])
      expect(manager.inspect().counts['strategy:ignored']).toBe(1)
    })
  }

  it('a late answer of the former strategy is ignored and counted', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    const late = manager.current()!
    manager.setActiveStrategy('green')
    manager.pinnedAccepted(late, 'blue')
    expect(manager.pending).toBeUndefined()
    expect(events.at(-1)).toEqual(['strategy:ignored', { reason: 'old-epoch', value: 'blue', epoch: 2 }])
  })

  it('an answer of another strategy than the active one is ignored and counted', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.pinnedAccepted({ strategy: 'green', epoch: 1 }, 'green')
    expect(manager.pending).toBeUndefined()
    expect(events.at(-1)).toEqual(['strategy:ignored', { reason: 'inactive-strategy', value: 'green', epoch: 1 }])
  })

  it('late news that says what is so already is not counted', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    const late = manager.current()!
    manager.setActiveStrategy('green')
    manager.pinnedAccepted(late, 'green')
    expect(events.map(([name]) => name)).not.toContain('strategy:ignored')
  })

  it('an accepted answer renews the check time, at most once a second', () => {
    const updates: StrategyUpdate[] = []
    const store = recording(updates)
    const { manager, clock } = managed({ store })
    manager.setActiveStrategy('blue')
    for (let i = 0; i < 1000; i++) {
      clock.advance(10)
      manager.pinnedAccepted(manager.current()!, undefined)
    }
    expect(updates.filter(({ before, after }) => before !== after)).toHaveLength(11)
    expect(manager.inspect().checkedAgoMs).toBeLessThanOrEqual(1000)
  })
})

describe('what refusals say', () => {
  it('a strategy whose only answer came right after the switch has shown that it takes work', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    clock.advance(5)
    manager.pinnedAccepted(manager.current()!, undefined)
    manager.refused(manager.current()!, 'prepareStatement')
    expect(manager.isBarred('blue')).toBe(false)
  })

  it('a strategy that refuses a call stays in use, and the refusal is counted and logged', () => {
    const { manager, events, logged } = managed()
    manager.setActiveStrategy('blue')
    manager.refused(manager.current()!, 'prepareStatement')
    expect(manager.current()).toEqual({ strategy: 'blue', epoch: 1 })
    const facts = { strategy: 'blue', epoch: 1, call: 'prepareStatement' }
    expect(events.slice(1)).toEqual([['strategy:mismatch', facts]])
    expect(logged.at(-1)).toEqual({
      level: 'info',
      message: 'strategy-mismatch',
      facts,
    })
    expect(manager.inspect().lastMismatch).toEqual({ strategy: 'blue', agoMs: 0 })
  })

  it('a refused call that another strategy accepts moves new work there, and says that it was forced', () => {
    const { manager, clock, events } = managed()
    manager.setActiveStrategy('blue')
    const refused = { by: manager.current()!, sentAt: clock.now() }
    manager.servedElsewhere('green', refused)
    expect(manager.current()).toEqual({ strategy: 'green', epoch: 2 })
    expect(events.at(-1)).toEqual(['strategy:transition', { from: 'blue', to: 'green', epoch: 2, cause: 'forced' }])
  })

  it('a thousand refused calls that another strategy accepts move it once', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    const refused = { by: manager.current()!, sentAt: clock.now() }
    for (let i = 0; i < 1000; i++) {
      manager.refused(refused.by, 'prepareStatement')
      manager.servedElsewhere('green', refused)
    }
    expect(manager.epoch).toBe(2)
    expect(manager.inspect().counts['strategy:mismatch']).toBe(1000)
  })

  it('new work stays where a later call was accepted, however short ago', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    clock.advance(5000)
    const ticket = manager.current()!
    manager.accepted(ticket, { sentAt: clock.now() }) // writes it down, and the next one is not due for a second
    const refused = { by: ticket, sentAt: clock.now() }
    clock.advance(1)
    manager.accepted(ticket, { sentAt: clock.now() })
    manager.servedElsewhere('green', refused)
    expect(manager.current()).toEqual(ticket)
    manager.servedElsewhere('green', { by: ticket, sentAt: clock.now() + 1 })
    expect(manager.current()?.strategy).toBe('green')
  })

  it('answers about queries that run do not count as accepted work: a strategy that is left still gives them', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    const refused = { by: manager.current()!, sentAt: clock.now() }
    clock.advance(2000)
    manager.pinnedAccepted(refused.by, undefined)
    manager.servedElsewhere('green', refused)
    expect(manager.current()?.strategy).toBe('green')
  })

  it('three statements in a row that stray move new work, and one that is kept ends the row', () => {
    const { manager } = managed()
    manager.setActiveStrategy('blue')
    const ticket = manager.current()!
    for (const stray of [true, true, false, true, true]) {
      if (stray) manager.strayed(ticket)
      else manager.kept(ticket)
      expect(manager.current()).toEqual(ticket)
    }
    manager.strayed(ticket)
    expect(manager.current()).toEqual({ strategy: 'green', epoch: 2 })
  })

  it('a query that runs and is refused moves nothing, and is counted', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.pinnedRefused(manager.current()!, 'getNextResultBatch')
    expect(manager.current()).toEqual({ strategy: 'blue', epoch: 1 })
    expect(events.at(-1)).toEqual(['strategy:mismatch', { strategy: 'blue', epoch: 1, call: 'getNextResultBatch' }])
  })

  it('what others have found meanwhile is looked at', () => {
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

describe('a strategy that nothing has confirmed for long', () => {
  it('is used by the next call, which verifies it, and shows as unknown until then', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    clock.advance(300_001)
    expect(manager.getActiveStrategy()).toBeUndefined()
    const ticket = manager.boundary()!
    expect(ticket).toEqual({ strategy: 'blue', epoch: 1 })
    manager.accepted(ticket, { sentAt: clock.now() })
    expect(manager.getActiveStrategy()).toBe('blue')
  })

  it('is looked up in the store first: another process may have moved', () => {
    const store = new MemoryStrategyStore(initialStrategyState(DEFAULT_STRATEGY_LIMITS))
    const clock = new ManualClock()
    const here = new StrategyManager({ store: refreshing(store), clock })
    const there = new StrategyManager({ store, clock })
    there.setActiveStrategy('blue')
    here.detectionOrder()
    clock.advance(300_001)
    there.setActiveStrategy('green')
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
      ['strategy:swept', { queryId: 'q-1', strategy: 'blue', idleMs: 500, reason: 'process-gone' }],
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
