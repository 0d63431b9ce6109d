import { describe, expect, it } from 'vitest'
import { managed } from '../../test/managed-strategy.ts'
import { ScriptedProber, settled } from '../../test/scripted-prober.ts'
import { MemoryStrategyStore } from './memory-store.ts'
import { StrategyPrewarming } from './strategy-prewarming.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from './strategy-state.ts'

const OPTIONS = { strategyProbeTimeoutMs: 5000 }

/** A cluster with blue active, where green may be announced. */
function prewarming(options: Parameters<typeof managed>[0] = {}) {
  const { manager, clock } = managed(options)
  const it = new StrategyPrewarming(manager, clock, OPTIONS)
  const prober = new ScriptedProber()
  const leave = it.join(prober)
  if (!manager.current()) manager.setActiveStrategy('blue')
  const failures: string[] = []
  manager.events.on('strategy:prewarm-failed', ({ reason }) => failures.push(reason))
  const pass = async (ms: number, stepMs = 25) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(Math.min(stepMs, ms - passed))
      await settled()
    }
  }
  const announced = (value: string) => manager.pinnedAccepted({ strategy: 'blue', epoch: manager.epoch }, value)
  return { manager, clock, prewarming: it, prober, leave, failures, pass, announced }
}

describe('an announced strategy', () => {
  it('is ready only after the probe statement has run there', async () => {
    const { prober, announced, manager } = prewarming()
    announced('green')
    expect(prober.asked.map(({ strategy, how }) => `${strategy} ${how}`)).toEqual(['green statement'])
    expect(manager.boundary()?.strategy).toBe('blue')
    await prober.asked[0]!.answer('accepted')
    expect(manager.boundary()?.strategy).toBe('green')
  })

  it('is asked again after pauses that grow from 250 ms to 5 s, for any answer', async () => {
    const { prober, announced, manager, pass, clock, failures } = prewarming()
    const askedAt: number[] = []
    prober.rules.green = 'failed'
    announced('green')
    for (let ms = 0; ms < 30_000; ms += 25) {
      if (prober.asked.length > askedAt.length) askedAt.push(clock.now())
      await pass(25)
    }
    const pauses = askedAt.slice(1).map((at, index) => at - askedAt[index]!)
    expect(pauses[0]).toBeLessThanOrEqual(250)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5000)
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(2500)
    expect(askedAt.length).toBeLessThan(14)
    expect(failures[0]).toBe('Error: green failed')
    prober.rules.green = 'accepted'
    await pass(5000)
    expect(manager.boundary()?.strategy).toBe('green')
  })

  it('that does not answer the probe within five seconds is asked again', async () => {
    const { prober, announced, pass, failures } = prewarming()
    announced('green')
    await pass(4900, 100)
    expect(prober.asked).toHaveLength(1)
    await pass(400, 50)
    expect(failures[0]).toMatch(/prewarming did not finish within 5000 ms/)
    expect(prober.asked).toHaveLength(2)
  })

  it('is no longer asked once it is withdrawn for a second', async () => {
    const { prober, announced, pass } = prewarming()
    prober.rules.green = 'mismatch'
    announced('green')
    await pass(500)
    announced('blue')
    await pass(1500)
    const { length } = prober.asked
    await pass(20_000, 500)
    expect(prober.asked).toHaveLength(length)
  })

  it('that refuses work after it was ready must be proven again', async () => {
    const { prober, announced, manager, pass } = prewarming()
    prober.rules.green = 'accepted'
    announced('green')
    await settled()
    expect(manager.readyStrategy).toBe('green')
    prober.rules.green = 'mismatch'
    manager.refused({ strategy: 'green', epoch: 1 }, 'prepareStatement')
    await settled()
    expect(manager.readyStrategy).toBeUndefined()
    expect(prober.asked).toHaveLength(2)
    prober.rules.green = 'accepted'
    await pass(300)
    expect(manager.readyStrategy).toBe('green')
  })

  it('is still asked when the only connection is closed and another opened at the same moment', async () => {
    const { prewarming: it, leave, announced, manager } = prewarming()
    announced('green')
    leave()
    const second = new ScriptedProber()
    second.rules.green = 'accepted'
    it.join(second)
    await settled()
    expect(second.asked).toHaveLength(1)
    expect(manager.boundary()?.strategy).toBe('green')
  })

  it('is asked by one process for all that share the state, and by another when that is silent for two pauses', async () => {
    const store = new MemoryStrategyStore(initialStrategyState(DEFAULT_STRATEGY_LIMITS))
    const one = prewarming({ store })
    const two = prewarming({ store, clock: one.clock })
    one.announced('green')
    two.manager.tell('strategy:announced', { strategy: 'green', active: 'blue', epoch: 1 }) // as a shared store would
    await one.pass(1000)
    expect(one.prober.asked).toHaveLength(1)
    expect(two.prober.asked).toHaveLength(0)
    one.prewarming.close() // its process is gone
    two.prober.rules.green = 'accepted'
    await one.pass(10_000, 100)
    expect(two.prober.asked).toHaveLength(1)
    expect(two.manager.boundary()?.strategy).toBe('green')
  })
})

describe('logins in advance', () => {
  it('are spread over two seconds', async () => {
    const { prewarming: it, clock, pass } = prewarming()
    let loggedIn = 0
    it.enqueue(async () => {
      loggedIn += 1
    })
    expect(loggedIn).toBe(0)
    await pass(2000, 100)
    expect(loggedIn).toBe(1)
    expect(clock.waiting).toBe(0)
  })
})
