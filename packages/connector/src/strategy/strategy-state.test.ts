import { describe, expect, it } from 'vitest'
import type { StrategyEvent, Ticket } from './strategy-change.ts'
import {
  DEFAULT_STRATEGY_LIMITS,
  detectionOrder,
  freshActive,
  initialStrategyState,
  pendingNow,
  type StrategyState,
  step,
  WITHDRAWAL_MS,
} from './strategy-state.ts'
import { fullBudget } from './switch-limits.ts'

const LIMITS = DEFAULT_STRATEGY_LIMITS
const _FULL = fullBudget(LIMITS)
const NOTHING_KNOWN = initialStrategyState(LIMITS)
const NOW = 1_000_000

/** The state after these events, a millisecond apart. */
function after(state: StrategyState, ...events: StrategyEvent[]): StrategyState {
  return events.reduce((current, event, index) => step(current, event, NOW + index, LIMITS), state)
}

const blue = { strategy: 'blue', epoch: 1 } as const
const ON_BLUE = after(NOTHING_KNOWN, { kind: 'detected', strategy: 'blue', epoch: 0 })
const GREEN_ANNOUNCED = after(ON_BLUE, { kind: 'announced', strategy: 'green', by: blue })
const GREEN_READY = after(GREEN_ANNOUNCED, { kind: 'ready', strategy: 'green', epoch: 1 })
const ON_GREEN = after(GREEN_READY, { kind: 'boundary' })

describe('rule 1: a query boundary is a safe point', () => {
  it('a ready strategy becomes active at a boundary, in a new epoch', () => {
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
  it('an announced strategy is not activated before it has run the probe statement', () => {
    expect(GREEN_ANNOUNCED.pending).toEqual({ strategy: 'green', ready: false, withdrawnAt: undefined })
    expect(after(GREEN_ANNOUNCED, { kind: 'boundary' })).toBe(GREEN_ANNOUNCED)
  })

  it('readiness counts only for the current announcement, in this epoch, and once', () => {
    expect(GREEN_READY.pending).toEqual({ strategy: 'green', ready: true, withdrawnAt: undefined })
    expect(after(GREEN_READY, { kind: 'ready', strategy: 'green', epoch: 1 })).toBe(GREEN_READY)
    expect(after(GREEN_ANNOUNCED, { kind: 'ready', strategy: 'green', epoch: 0 })).toBe(GREEN_ANNOUNCED)
    expect(after(ON_BLUE, { kind: 'ready', strategy: 'green', epoch: 1 })).toBe(ON_BLUE)
  })

  it('a strategy that is ready while none is known is activated at once, without a token', () => {
    const announced = after(NOTHING_KNOWN, { kind: 'set-pending', strategy: 'green' })
    const moved = after(announced, { kind: 'ready', strategy: 'green', epoch: 0 })
    expect(moved).toMatchObject({ active: 'green', pending: undefined, epoch: 1, budget: announced.budget })
  })

  it('a strategy that refused its first work is not ready until it has cooled down', () => {
    const green = { strategy: 'green', epoch: 2 } as const
    const backOnBlue = after(
      ON_GREEN,
      { kind: 'refused', by: green },
      { kind: 'served-elsewhere', strategy: 'blue', refused: green, refusedSentAt: NOW + 1 },
      { kind: 'announced', strategy: 'green', by: { strategy: 'blue', epoch: 3 } },
    )
    expect(backOnBlue).toMatchObject({ active: 'blue', epoch: 3 })
    const isReady = { kind: 'ready', strategy: 'green', epoch: 3 } as const
    expect(step(backOnBlue, isReady, NOW + LIMITS.refusalCooldownMs - 1, LIMITS)).toBe(backOnBlue)
    expect(step(backOnBlue, isReady, NOW + LIMITS.refusalCooldownMs, LIMITS).pending?.ready).toBe(true)
  })

  it('a strategy that had served until it refused work is activated as soon as it is ready again', () => {
    const by = { strategy: 'green', epoch: 2 } as const
    const served = step(ON_GREEN, { kind: 'confirmed', by, sentAt: NOW }, NOW + 1, LIMITS)
    const refused = step(served, { kind: 'refused', by }, NOW + 2, LIMITS)
    expect(refused.refusal).toEqual({ strategy: 'green', at: NOW + 2, unproven: false })
    const onBlue = after(refused, { kind: 'set-active', strategy: 'blue' })
    const announced = after(onBlue, { kind: 'announced', strategy: 'green', by: { strategy: 'blue', epoch: 3 } })
    expect(after(announced, { kind: 'ready', strategy: 'green', epoch: 3 }).pending?.ready).toBe(true)
  })

  it('an announced strategy that refuses work after all is no longer ready', () => {
    const refused = after(GREEN_READY, { kind: 'refused', by: { strategy: 'green', epoch: 1 } })
    expect(refused.pending).toMatchObject({ strategy: 'green', ready: false })
    expect(after(refused, { kind: 'boundary' })).toBe(refused)
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

describe('rule 3: a withdrawal counts after a second without contradiction', () => {
  const withdrawn = step(GREEN_READY, { kind: 'announced', strategy: 'blue', by: blue }, NOW, LIMITS)
  const boundary = { kind: 'boundary' } as const

  it('until then the strategy stays announced, and is not activated', () => {
    expect(withdrawn.pending).toEqual({ strategy: 'green', ready: true, withdrawnAt: NOW })
    expect(WITHDRAWAL_MS).toBe(1000)
    expect(step(withdrawn, boundary, NOW + 999, LIMITS)).toBe(withdrawn)
    expect(pendingNow(withdrawn, NOW + 999)).toBe(withdrawn.pending)
  })

  it('after it the announcement is gone', () => {
    expect(pendingNow(withdrawn, NOW + WITHDRAWAL_MS)).toBeUndefined()
    expect(step(withdrawn, boundary, NOW + WITHDRAWAL_MS, LIMITS)).toMatchObject({ active: 'blue', pending: undefined })
    const confirmed = step(withdrawn, { kind: 'confirmed', by: blue, sentAt: NOW }, NOW + WITHDRAWAL_MS, LIMITS)
    expect(confirmed.pending).toBeUndefined()
  })

  it('the second counts from the first answer that withdraws, however many follow', () => {
    const again = step(withdrawn, { kind: 'announced', strategy: 'blue', by: blue }, NOW + 999, LIMITS)
    expect(step(again, boundary, NOW + WITHDRAWAL_MS, LIMITS).pending).toBeUndefined()
  })

  it('an answer that announces within the second contradicts it, and readiness is kept', () => {
    const announced = step(withdrawn, { kind: 'announced', strategy: 'green', by: blue }, NOW + 999, LIMITS)
    expect(announced.pending).toEqual({ strategy: 'green', ready: true, withdrawnAt: undefined })
    expect(step(announced, boundary, NOW + 5000, LIMITS).active).toBe('green')
  })

  it('a strategy announced again soon after its withdrawal is still ready, and later it is not', () => {
    const gone = step(withdrawn, boundary, NOW + WITHDRAWAL_MS, LIMITS)
    const announced = { kind: 'announced', strategy: 'green', by: blue } as const
    expect(step(gone, announced, NOW + WITHDRAWAL_MS + 3000, LIMITS).pending?.ready).toBe(true)
    expect(step(gone, announced, NOW + WITHDRAWAL_MS + 3001, LIMITS).pending?.ready).toBe(false)
  })
})

describe('rule 4: 456 means not here', () => {
  const elsewhere = (refusedSentAt: number, refused: Ticket = blue) =>
    ({ kind: 'served-elsewhere', strategy: 'green', refused, refusedSentAt }) as const

  it('a refusal switches nothing, but is recorded', () => {
    const refused = after(GREEN_READY, { kind: 'refused', by: blue })
    expect(refused).toEqual({ ...GREEN_READY, refusal: { strategy: 'blue', at: NOW, unproven: true } })
  })

  it('a refusal of a call sent under another epoch changes nothing', () => {
    expect(after(ON_GREEN, { kind: 'refused', by: blue })).toBe(ON_GREEN)
    expect(after(ON_BLUE, { kind: 'refused', by: { strategy: 'green', epoch: 1 } })).toBe(ON_BLUE)
  })

  it('endless refusals are recorded once a second, so they cause no flood of versions', () => {
    const refused = after(ON_BLUE, { kind: 'refused', by: blue })
    expect(step(refused, { kind: 'refused', by: blue }, NOW + 999, LIMITS)).toBe(refused)
    expect(step(refused, { kind: 'refused', by: blue }, NOW + 1000, LIMITS).refusal?.at).toBe(NOW + 1000)
  })

  it('new work switches when the other strategy accepted the refused call', () => {
    expect(after(ON_BLUE, elsewhere(NOW))).toMatchObject({ active: 'green', epoch: 2, moves: [NOW] })
  })

  it('it stays when the active strategy has accepted a call that was sent after the refused one', () => {
    const served = step(ON_BLUE, { kind: 'confirmed', by: blue, sentAt: NOW + 5 }, NOW + 9, LIMITS)
    expect(step(served, elsewhere(NOW + 4), NOW + 10, LIMITS)).toBe(served)
    expect(step(served, elsewhere(NOW + 5), NOW + 10, LIMITS).active).toBe('green')
  })

  it('a call that was refused under another strategy or epoch switches nothing', () => {
    expect(after(ON_GREEN, elsewhere(NOW))).toBe(ON_GREEN)
    expect(after(ON_BLUE, elsewhere(NOW, { strategy: 'blue', epoch: 0 }))).toBe(ON_BLUE)
  })

  it('work accepted before a transition says nothing about the active strategy', () => {
    expect(ON_GREEN.servedAt).toBe(0)
  })
})

describe('rule 6: statements that are refused after their prepare', () => {
  const strayed = { kind: 'strayed', refused: blue } as const

  it('three in a row that the other strategy served switch new work to it', () => {
    const two = after(ON_BLUE, strayed, strayed)
    expect(two).toMatchObject({ active: 'blue', strays: 2 })
    expect(after(two, strayed)).toMatchObject({ active: 'green', epoch: 2, strays: 0 })
  })

  it('one that its own strategy serves resets the count', () => {
    const two = after(ON_BLUE, strayed, strayed, { kind: 'kept', by: blue })
    expect(after(two, strayed, strayed).active).toBe('blue')
    expect(after(ON_BLUE, { kind: 'kept', by: blue })).toBe(ON_BLUE)
  })

  it('those of an older epoch do not count', () => {
    expect(after(ON_GREEN, strayed)).toBe(ON_GREEN)
  })
})

describe('rule 5: detection', () => {
  it('with nothing known it asks blue, then green', () => {
    expect(detectionOrder(NOTHING_KNOWN)).toEqual(['blue', 'green'])
  })

  it('it asks the last known strategy first, also when the other one is announced', () => {
    expect(detectionOrder(after(ON_GREEN, { kind: 'clear' }))).toEqual(['green', 'blue'])
    expect(detectionOrder(GREEN_ANNOUNCED)).toEqual(['blue', 'green'])
  })

  it('with nothing known but an announcement it asks the announced one first', () => {
    const announced = after(NOTHING_KNOWN, { kind: 'set-pending', strategy: 'green' })
    expect(detectionOrder(announced)).toEqual(['green', 'blue'])
  })

  it('a strategy that has just refused a call is asked last', () => {
    expect(detectionOrder(ON_GREEN, 'green')).toEqual(['blue', 'green'])
    expect(detectionOrder(ON_GREEN, 'blue')).toEqual(['green', 'blue'])
  })

  it('the strategy it finds when none is known becomes active, in a new epoch, and ends an announcement', () => {
    const announced = after(NOTHING_KNOWN, { kind: 'set-pending', strategy: 'green' })
    const found = after(announced, { kind: 'detected', strategy: 'blue', epoch: 0 })
    expect(found).toMatchObject({ active: 'blue', pending: undefined, epoch: 1, checkedAt: NOW, transitionedAt: NOW })
  })

  it('its result is dropped when another call or process has already found a strategy', () => {
    expect(after(ON_BLUE, { kind: 'detected', strategy: 'green', epoch: 0 })).toBe(ON_BLUE)
  })
})

describe('rule 11: cached means fresh', () => {
  it('an accepted answer renews the check time', () => {
    const confirmed = step(ON_BLUE, { kind: 'confirmed', by: blue, sentAt: NOW }, NOW + 5000, LIMITS)
    expect(confirmed).toEqual({ ...ON_BLUE, checkedAt: NOW + 5000, servedAt: NOW })
  })

  it('an answer to a call sent under another strategy or epoch does not', () => {
    expect(step(ON_GREEN, { kind: 'confirmed', by: blue, sentAt: NOW }, NOW + 5000, LIMITS)).toBe(ON_GREEN)
    const by = { strategy: 'green', epoch: 1 } as const
    expect(step(ON_BLUE, { kind: 'confirmed', by, sentAt: NOW }, NOW + 5000, LIMITS)).toBe(ON_BLUE)
  })

  it('the check time never goes back', () => {
    const served = step(ON_BLUE, { kind: 'confirmed', by: blue, sentAt: NOW }, NOW, LIMITS)
    expect(step(served, { kind: 'confirmed', by: blue, sentAt: NOW - 2 }, NOW - 1, LIMITS)).toBe(served)
  })

  it('a strategy is trusted until the cache timeout has passed without an answer', () => {
    expect(freshActive(ON_BLUE, NOW + LIMITS.strategyCacheTimeoutMs, LIMITS)).toBe('blue')
    expect(freshActive(ON_BLUE, NOW + LIMITS.strategyCacheTimeoutMs + 1, LIMITS)).toBeUndefined()
    expect(freshActive(NOTHING_KNOWN, 0, LIMITS)).toBeUndefined()
  })

  it('one that is verified after the timeout stays active, in its epoch, with its announcement', () => {
    const verified = step(GREEN_READY, { kind: 'detected', strategy: 'blue', epoch: 1 }, NOW + 400_000, LIMITS)
    expect(verified).toEqual({ ...GREEN_READY, checkedAt: NOW + 400_000 })
  })
})

describe('commands of a program', () => {
  it('an active strategy takes effect at once, without a token', () => {
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

  it('a pending strategy is set, unless it is the active or the pending one', () => {
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

  it('clearing drops both, in a new epoch, and keeps the last known one', () => {
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
