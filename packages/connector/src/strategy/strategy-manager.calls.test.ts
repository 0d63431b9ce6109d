import { describe, expect, it } from 'vitest'
import { managed } from '../../test/managed-strategy.ts'
import { ManualClock } from '../../test/manual-clock.ts'
import { MemoryStrategyStore } from './memory-store.ts'
import { StrategyManager } from './strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from './strategy-state.ts'
import type { StoreNotice, StrategyStore, StrategyUpdate } from './strategy-store.ts'

describe('answers', () => {
  it('an announced strategy becomes active at the boundary after it is ready', () => {
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

  it('an announcement revoked before the cut-over is withdrawn after a second', () => {
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
    it(`'${value.slice(0, 8)}' of ${value.length} letters is not a strategy: ignored and counted`, () => {
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

  it('late announcements of the current state are not counted', () => {
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

describe('refusals', () => {
  it('a strategy whose only answer came right after the switch has proven that it accepts work', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    clock.advance(5)
    manager.pinnedAccepted(manager.current()!, undefined)
    manager.refused(manager.current()!, 'prepareStatement')
    expect(manager.isBarred('blue')).toBe(false)
  })

  it('a strategy that refuses a call stays active, and the refusal is counted and logged', () => {
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

  it('a refused call that another strategy accepts switches new work, reported as forced', () => {
    const { manager, clock, events } = managed()
    manager.setActiveStrategy('blue')
    const refused = { by: manager.current()!, sentAt: clock.now() }
    manager.servedElsewhere('green', refused)
    expect(manager.current()).toEqual({ strategy: 'green', epoch: 2 })
    expect(events.at(-1)).toEqual(['strategy:transition', { from: 'blue', to: 'green', epoch: 2, cause: 'forced' }])
  })

  it('a thousand refused calls that another strategy accepts switch it once', () => {
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

  it('answers about running queries do not count as accepted work: a strategy that was left still gives them', () => {
    const { manager, clock } = managed()
    manager.setActiveStrategy('blue')
    const refused = { by: manager.current()!, sentAt: clock.now() }
    clock.advance(2000)
    manager.pinnedAccepted(refused.by, undefined)
    manager.servedElsewhere('green', refused)
    expect(manager.current()?.strategy).toBe('green')
  })

  it('three consecutive strays switch new work, and a statement that stays resets the count', () => {
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

  it('a refused running query switches nothing, and is counted', () => {
    const { manager, events } = managed()
    manager.setActiveStrategy('blue')
    manager.pinnedRefused(manager.current()!, 'getNextResultBatch')
    expect(manager.current()).toEqual({ strategy: 'blue', epoch: 1 })
    expect(events.at(-1)).toEqual(['strategy:mismatch', { strategy: 'blue', epoch: 1, call: 'getNextResultBatch' }])
  })

  it('changes by other processes are respected', () => {
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

  it('is looked up in the store first: another process may have switched', () => {
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

describe('the strategy found by detection', () => {
  it('becomes active, with the cause detected', () => {
    const { manager, events } = managed()
    expect(manager.detectionOrder()).toEqual(['blue', 'green'])
    expect(manager.detected('green', manager.epoch)).toEqual({ strategy: 'green', epoch: 1 })
    expect(events).toEqual([['strategy:transition', { from: undefined, to: 'green', epoch: 1, cause: 'detected' }]])
  })

  it('yields to a strategy found earlier', () => {
    const { manager } = managed()
    const { epoch } = manager
    manager.setActiveStrategy('green')
    expect(manager.detected('blue', epoch)).toEqual({ strategy: 'green', epoch: 1 })
  })
})

describe('news of the store', () => {
  it('a transition by another process is reported here too', () => {
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

  it('an unusable store, and abandoned pins, are events and log lines', () => {
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
  it('breaks nothing: the others receive the event, and the fault is logged', () => {
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

/** A store that records the result of each update. */
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

/** A view of a store that sees the writes of others only on refresh. */
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
