import { describe, expect, it } from 'vitest'
import { managed } from '../../test/managed-strategy.ts'
import { StrategyPrewarming } from './strategy-prewarming.ts'
import type { ProbeAnswer, StrategyProber } from './strategy-prober.ts'

const OPTIONS = { strategyDetectionTimeoutMs: 30_000, strategyProbeTimeoutMs: 10_000, maxHeldCalls: 100 }

/** A connection's prober that answers when the test says so, or when it is asked no more. */
function prober(answer?: ProbeAnswer): StrategyProber & { asked: number } {
  return {
    closed: false,
    asked: 0,
    async probe(_strategy, deadline) {
      this.asked += 1
      return answer ?? deadline.race(new Promise<ProbeAnswer>(() => undefined))
    },
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('an announced strategy', () => {
  it('is still asked when the only connection is closed and another opened at the same moment', async () => {
    const { manager, clock } = managed()
    const prewarming = new StrategyPrewarming(manager, clock, OPTIONS)
    const first = prober()
    const leave = prewarming.join(first)
    manager.setActiveStrategy('blue')
    manager.setPendingStrategy('green')
    expect(first.asked).toBe(1)
    leave()
    const second = prober({ kind: 'accepted' })
    prewarming.join(second)
    await settled()
    expect(second.asked).toBe(1)
    expect(manager.boundary()?.strategy).toBe('green')
  })
})
