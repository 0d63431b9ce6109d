import { describe, expect, it } from 'vitest'
import type { StrategyEvent } from './strategy-change.ts'
import {
  DEFAULT_STRATEGY_LIMITS,
  detectionOrder,
  freshActive,
  initialStrategyState,
  type StrategyState,
  step,
} from './strategy-state.ts'

const LIMITS = DEFAULT_STRATEGY_LIMITS
const NOTHING_KNOWN = initialStrategyState(LIMITS)
const NOW = 1_000_000

/** What the state becomes by these events, one after the other, a millisecond apart. */
function after(state: StrategyState, ...events: StrategyEvent[]): StrategyState {
  return events.reduce((current, event, index) => step(current, event, NOW + index, LIMITS), state)
}

const blue = { strategy: 'blue', epoch: 1 } as const
const ON_BLUE = after(NOTHING_KNOWN, { kind: 'detected', strategy: 'blue', epoch: 0 })
const GREEN_ANNOUNCED = after(ON_BLUE, { kind: 'announced', strategy: 'green', by: blue })
const GREEN_READY = after(GREEN_ANNOUNCED, { kind: 'ready', strategy: 'green', epoch: 1 })
const ON_GREEN = after(GREEN_READY, { kind: 'boundary' })

describe('rule 1: a query boundary is a safe point', () => {
  it('what is ready becomes active at a boundary, in a new epoch', () => {
    expect(ON_GREEN).toMatchObject({ active: 'green', lastKnown: 'green', pending: undefined, epoch: 2 })
    expect(ON_GREEN.transitionedAt).toBe(NOW)
    expect(ON_GREEN.checkedAt).toBe(NOW)
  })

  it('a boundary with nothing announced changes nothing', () => {
    expect(after(ON_BLUE, { kind: 'boundary' })).toBe(ON_BLUE)
    expect(after(NOTHING_KNOWN, { kind: 'boundary' })).toBe(NOTHING_KNOWN)
  })
})

describe('rule 2: announced is not ready', () => {
  it('an announced strategy is not moved to before it has accepted a session', () => {
    expect(GREEN_ANNOUNCED.pending).toEqual({ strategy: 'green', ready: false })
    expect(after(GREEN_ANNOUNCED, { kind: 'boundary' })).toBe(GREEN_ANNOUNCED)
  })

  it('readiness counts for what is announced now, in this epoch, and once', () => {
    expect(GREEN_READY.pending).toEqual({ strategy: 'green', ready: true })
    expect(after(GREEN_READY, { kind: 'ready', strategy: 'green', epoch: 1 })).toBe(GREEN_READY)
    expect(after(GREEN_ANNOUNCED, { kind: 'ready', strategy: 'green', epoch: 0 })).toBe(GREEN_ANNOUNCED)
    expect(after(ON_BLUE, { kind: 'ready', strategy: 'green', epoch: 1 })).toBe(ON_BLUE)
  })

  it('what accepts a session while nothing serves is moved to at once, and costs the bucket nothing', () => {
    const cleared = after(GREEN_ANNOUNCED, { kind: 'refused', by: { strategy: 'blue', epoch: 1 } })
    const moved = after(cleared, { kind: 'ready', strategy: 'green', epoch: 2 })
    expect(moved).toMatchObject({ active: 'green', pending: undefined, epoch: 3, budget: cleared.budget })
    expect(after(cleared, { kind: 'ready', strategy: 'green', epoch: 1 })).toBe(cleared)
  })

  it('a strategy that turned work away after it had accepted a session is not ready until it has cooled down', () => {
    const backOnBlue = after(
      ON_GREEN,
      { kind: 'refused', by: { strategy: 'green', epoch: 2 } },
      { kind: 'detected', strategy: 'blue', epoch: 3 },
      { kind: 'announced', strategy: 'green', by: { strategy: 'blue', epoch: 4 } },
    )
    const isReady = { kind: 'ready', strategy: 'green', epoch: 4 } as const
    expect(step(backOnBlue, isReady, NOW + LIMITS.refusalCooldownMs - 1, LIMITS)).toBe(backOnBlue)
    expect(step(backOnBlue, isReady, NOW + LIMITS.refusalCooldownMs, LIMITS).pending?.ready).toBe(true)
  })
})

describe('rule 2, after a cut-over', () => {
  it('a strategy that had served until it turned work away is moved to as soon as it is ready again', () => {
    const by = { strategy: 'green', epoch: 2 } as const
    const served = step(ON_GREEN, { kind: 'confirmed', by }, NOW + 1, LIMITS)
    const cutOver = step(served, { kind: 'refused', by }, NOW + 2, LIMITS)
    expect(cutOver.refusal).toEqual({ strategy: 'green', at: NOW + 2, unproven: false })
    const onBlue = after(cutOver, { kind: 'detected', strategy: 'blue', epoch: 3 })
    const announced = after(onBlue, { kind: 'announced', strategy: 'green', by: { strategy: 'blue', epoch: 4 } })
    expect(after(announced, { kind: 'ready', strategy: 'green', epoch: 4 }).pending?.ready).toBe(true)
  })
})

describe('rule 3: only the active strategy may announce', () => {
  it('an announcement from the active strategy is followed, once', () => {
    expect(GREEN_ANNOUNCED).toMatchObject({ active: 'blue', epoch: 1 })
    expect(after(GREEN_ANNOUNCED, { kind: 'announced', strategy: 'green', by: blue })).toBe(GREEN_ANNOUNCED)
  })

  it('an announcement from another strategy than the active one is ignored', () => {
    const by = { strategy: 'green', epoch: 1 } as const
    expect(after(ON_BLUE, { kind: 'announced', strategy: 'green', by })).toBe(ON_BLUE)
    expect(after(GREEN_ANNOUNCED, { kind: 'announced', strategy: 'blue', by })).toBe(GREEN_ANNOUNCED)
  })

  it('an announcement in answer to a call sent before the last transition is ignored', () => {
    expect(after(ON_GREEN, { kind: 'announced', strategy: 'blue', by: blue })).toBe(ON_GREEN)
    const blueAgain = after(ON_GREEN, { kind: 'set-active', strategy: 'blue' })
    expect(after(blueAgain, { kind: 'announced', strategy: 'green', by: blue })).toBe(blueAgain)
  })
})

describe('rule 4: 456 means not here', () => {
  it('the strategy that refused is forgotten, in a new epoch, and remembered as the last known one', () => {
    const refused = after(ON_BLUE, { kind: 'refused', by: blue })
    expect(refused).toMatchObject({ active: undefined, lastKnown: 'blue', epoch: 2, checkedAt: 0 })
    expect(refused.refusal).toEqual({ strategy: 'blue', at: NOW, unproven: true })
  })

  it('a refusal of a call sent under another strategy or epoch changes nothing', () => {
    expect(after(ON_GREEN, { kind: 'refused', by: blue })).toBe(ON_GREEN)
    expect(after(ON_BLUE, { kind: 'refused', by: { strategy: 'green', epoch: 1 } })).toBe(ON_BLUE)
    const refused = after(ON_BLUE, { kind: 'refused', by: blue })
    expect(after(refused, { kind: 'refused', by: blue })).toBe(refused)
  })

  it('a strategy that is ready is moved to at once, even when the bucket is empty', () => {
    const ready = { ...GREEN_READY, budget: { tokens: 0, at: NOW } }
    const forced = after(ready, { kind: 'refused', by: blue })
    expect(forced).toMatchObject({ active: 'green', pending: undefined, epoch: 2, budget: { tokens: 0 } })
    expect(forced.refusal).toMatchObject({ strategy: 'blue', at: NOW })
  })

  it('a strategy that is announced only is not moved to, and stays announced', () => {
    const refused = after(GREEN_ANNOUNCED, { kind: 'refused', by: blue })
    expect(refused).toMatchObject({ active: undefined, pending: { strategy: 'green', ready: false }, epoch: 2 })
  })
})

describe('rule 5: detection', () => {
  it('with nothing known it asks blue, then green', () => {
    expect(detectionOrder(NOTHING_KNOWN, NOW, LIMITS)).toEqual(['blue', 'green'])
  })

  it('it asks the last known strategy first, also when the other one is announced', () => {
    expect(detectionOrder(after(ON_GREEN, { kind: 'clear' }), NOW, LIMITS)).toEqual(['green', 'blue'])
    expect(detectionOrder(GREEN_ANNOUNCED, NOW, LIMITS)).toEqual(['blue', 'green'])
  })

  it('with nothing known but an announcement it asks the announced one first', () => {
    const announced = after(NOTHING_KNOWN, { kind: 'set-pending', strategy: 'green' })
    expect(detectionOrder(announced, NOW, LIMITS)).toEqual(['green', 'blue'])
  })

  it('a strategy that has just turned work away is asked last, until it has cooled down', () => {
    const refused = after(ON_GREEN, { kind: 'refused', by: { strategy: 'green', epoch: 2 } })
    expect(detectionOrder(refused, NOW + LIMITS.refusalCooldownMs - 1, LIMITS)).toEqual(['blue', 'green'])
    expect(detectionOrder(refused, NOW + LIMITS.refusalCooldownMs, LIMITS)).toEqual(['green', 'blue'])
  })

  it('what it finds becomes active, in a new epoch, and ends an announcement', () => {
    const refused = after(GREEN_ANNOUNCED, { kind: 'refused', by: blue })
    const found = after(refused, { kind: 'detected', strategy: 'green', epoch: 2 })
    expect(found).toMatchObject({ active: 'green', pending: undefined, epoch: 3, checkedAt: NOW, transitionedAt: NOW })
  })

  it('what it finds is dropped when another call or process has found one meanwhile', () => {
    expect(after(ON_BLUE, { kind: 'detected', strategy: 'green', epoch: 0 })).toBe(ON_BLUE)
  })
})

describe('rule 10: no flapping', () => {
  it('an announcement withdrawn before the cut-over leaves the active strategy alone', () => {
    for (const state of [GREEN_ANNOUNCED, GREEN_READY]) {
      const withdrawn = after(state, { kind: 'announced', strategy: 'blue', by: blue })
      expect(withdrawn).toEqual(ON_BLUE)
    }
    expect(after(ON_BLUE, { kind: 'announced', strategy: 'blue', by: blue })).toBe(ON_BLUE)
  })

  it('a rollback after the cut-over is a switch like any other', () => {
    const by = { strategy: 'green', epoch: 2 } as const
    const back = after(
      ON_GREEN,
      { kind: 'announced', strategy: 'blue', by },
      { kind: 'ready', strategy: 'blue', epoch: 2 },
      { kind: 'boundary' },
    )
    expect(back).toMatchObject({ active: 'blue', epoch: 3 })
  })

  it('each announced switch takes one from the bucket, which is refilled as time passes, and no fuller than it was', () => {
    expect(ON_GREEN.budget.tokens).toBe(LIMITS.switchBurst - 1)
    const later = { ...GREEN_READY, budget: { tokens: 0.5, at: NOW } }
    expect(step(later, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs, LIMITS).budget.tokens).toBe(0.5)
    expect(step(later, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs * 100, LIMITS).budget.tokens).toBe(2)
  })

  it('a switch that finds the bucket empty waits, and happens when it is refilled', () => {
    const waiting = { ...GREEN_READY, budget: { tokens: 0, at: NOW } }
    expect(step(waiting, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs - 1, LIMITS)).toBe(waiting)
    expect(step(waiting, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs, LIMITS).active).toBe('green')
  })

  it('a switch that waits is dropped when it is withdrawn meanwhile', () => {
    const waiting = { ...GREEN_READY, budget: { tokens: 0, at: NOW } }
    const withdrawn = after(waiting, { kind: 'announced', strategy: 'blue', by: blue })
    expect(step(withdrawn, { kind: 'boundary' }, NOW + LIMITS.switchRefillMs * 10, LIMITS)).toBe(withdrawn)
  })

  it('what was detected or set draws on no bucket', () => {
    for (const kind of ['set-active', 'detected'] as const) {
      const moved = after({ ...ON_BLUE, budget: { tokens: 0, at: NOW } }, { kind, strategy: 'green', epoch: 1 })
      expect(moved).toMatchObject({ active: 'green', budget: { tokens: 0 } })
    }
  })
})

describe('rule 11: cached means fresh', () => {
  it('an accepted answer renews the check time', () => {
    const confirmed = step(ON_BLUE, { kind: 'confirmed', by: blue }, NOW + 5000, LIMITS)
    expect(confirmed).toEqual({ ...ON_BLUE, checkedAt: NOW + 5000 })
  })

  it('an answer to a call sent under another strategy or epoch does not', () => {
    expect(step(ON_GREEN, { kind: 'confirmed', by: blue }, NOW + 5000, LIMITS)).toBe(ON_GREEN)
    const by = { strategy: 'green', epoch: 1 } as const
    expect(step(ON_BLUE, { kind: 'confirmed', by }, NOW + 5000, LIMITS)).toBe(ON_BLUE)
  })

  it('a check time never goes back', () => {
    expect(step(ON_BLUE, { kind: 'confirmed', by: blue }, NOW - 1, LIMITS)).toBe(ON_BLUE)
  })

  it('a strategy counts as known until the cache timeout has passed without an answer', () => {
    expect(freshActive(ON_BLUE, NOW + LIMITS.strategyCacheTimeoutMs, LIMITS)).toBe('blue')
    expect(freshActive(ON_BLUE, NOW + LIMITS.strategyCacheTimeoutMs + 1, LIMITS)).toBeUndefined()
    expect(freshActive(NOTHING_KNOWN, 0, LIMITS)).toBeUndefined()
  })

  it('one that is verified after the timeout stays active, in its epoch, with what is announced', () => {
    const verified = step(GREEN_READY, { kind: 'detected', strategy: 'blue', epoch: 1 }, NOW + 400_000, LIMITS)
    expect(verified).toEqual({ ...GREEN_READY, checkedAt: NOW + 400_000 })
  })
})

describe('what a program sets itself', () => {
  it('an active strategy, at once and without any bucket', () => {
    expect(after(GREEN_READY, { kind: 'set-active', strategy: 'green' })).toMatchObject({
      active: 'green',
      pending: undefined,
      epoch: 2,
    })
  })

  it('the active one again only renews the check time', () => {
    expect(step(GREEN_ANNOUNCED, { kind: 'set-active', strategy: 'blue' }, NOW + 9, LIMITS)).toEqual({
      ...GREEN_ANNOUNCED,
      checkedAt: NOW + 9,
    })
  })

  it('a pending strategy, unless it is the active or the pending one', () => {
    expect(after(ON_BLUE, { kind: 'set-pending', strategy: 'green' })).toEqual(GREEN_ANNOUNCED)
    expect(after(ON_BLUE, { kind: 'set-pending', strategy: 'blue' })).toBe(ON_BLUE)
    expect(after(GREEN_READY, { kind: 'set-pending', strategy: 'green' })).toBe(GREEN_READY)
  })

  it('a pending strategy is applied at once, ready or not', () => {
    expect(after(GREEN_ANNOUNCED, { kind: 'apply-pending' })).toMatchObject({
      active: 'green',
      pending: undefined,
      epoch: 2,
      checkedAt: NOW,
    })
    expect(after(ON_BLUE, { kind: 'apply-pending' })).toBe(ON_BLUE)
  })

  it('clearing forgets both, in a new epoch, and the last known one stays known', () => {
    expect(after(GREEN_READY, { kind: 'clear' })).toMatchObject({
      active: undefined,
      pending: undefined,
      checkedAt: 0,
      epoch: 2,
      lastKnown: 'blue',
    })
    expect(after(NOTHING_KNOWN, { kind: 'clear' })).toBe(NOTHING_KNOWN)
  })
})
