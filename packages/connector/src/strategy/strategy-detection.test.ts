import { describe, expect, it, vi } from 'vitest'
import { managed } from '../../test/managed-strategy.ts'
import { ScriptedProber, settled } from '../../test/scripted-prober.ts'
import { CredentialsError, HeldCallsLimitError, StrategyDetectionTimeoutError } from '../errors.ts'
import { Deadline } from '../time/deadline.ts'
import { MemoryStrategyStore } from './memory-store.ts'
import type { Ticket } from './strategy-change.ts'
import { StrategyDetection } from './strategy-detection.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from './strategy-state.ts'

const LIMITS = {
  strategyDetectionTimeoutMs: 30_000,
  strategyProbeTimeoutMs: 5000,
  maxHeldCalls: 100,
  connectTimeoutMs: 10_000,
}

/** Detection by one connection's prober, with a manual clock. */
function detecting(limits: Partial<typeof LIMITS> = {}, options: Parameters<typeof managed>[0] = {}) {
  const { manager, clock, events } = managed(options)
  const prober = new ScriptedProber()
  const detection = new StrategyDetection(manager, clock, { ...LIMITS, ...limits })
  const deadline = (timeoutMs = 60_000) => Deadline.of(clock, {}, timeoutMs, 'a call')
  const seen: { name: string; facts: object }[] = []
  for (const name of ['strategy:held', 'strategy:released', 'strategy:detected', 'strategy:accepting'] as const) {
    manager.events.on(name, (facts: object) => seen.push({ name, facts }))
  }
  /** Advances time in small steps, so that each effect happens at its own time. */
  const pass = async (ms: number, stepMs = 5) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(Math.min(stepMs, ms - passed))
      await settled()
    }
  }
  return {
    ...{ manager, clock, events, prober, detection, deadline, seen, pass },
    detect: () => detection.detect(prober, deadline()),
    elsewhere: (by: Ticket, sentAt = clock.now()) => detection.elsewhere(prober, { by, sentAt }, deadline()),
    count: (name: string) => seen.filter((it) => it.name === name).length,
  }
}

/** The same on a cluster with blue active. */
function onBlue(limits: Partial<typeof LIMITS> = {}, options: Parameters<typeof managed>[0] = {}) {
  const it = detecting(limits, options)
  it.manager.setActiveStrategy('blue')
  return { ...it, blue: it.manager.current()! }
}

const GREEN = { strategy: 'green', epoch: 1 }

describe('detection, with nothing known', () => {
  it('activates the strategy that accepts, once for all callers', async () => {
    const { prober, detect, detection, count, manager } = detecting()
    prober.rules.blue = 'mismatch'
    prober.rules.green = 'accepted'
    await expect(Promise.all([detect(), detect(), detect()])).resolves.toEqual([GREEN, GREEN, GREEN])
    expect(prober.order).toEqual(['blue', 'green'])
    expect(count('strategy:detected')).toBe(1)
    expect(manager.current()).toEqual(GREEN)
    expect(detection.held).toBe(0)
  })

  it('continues when the connection that asked for all is closed', async () => {
    const { prober, detection, deadline, pass } = detecting()
    const closing = new ScriptedProber()
    const first = detection.detect(closing, deadline()).catch(() => 'failed')
    const second = detection.detect(prober, deadline())
    prober.rules.blue = 'accepted'
    closing.closed = true
    vi.spyOn(closing, 'probe')
    await closing.asked[0]!.answer('failed')
    await closing.asked[1]!.answer('failed')
    await pass(10)
    await expect(second).resolves.toEqual({ strategy: 'blue', epoch: 1 })
    expect(await first).toBe('failed')
  })

  it('fails at once when neither is reachable and none has served', async () => {
    const { prober, detect } = detecting()
    prober.rules.blue = 'failed'
    prober.rules.green = 'failed'
    await expect(detect()).rejects.toThrow('blue failed')
  })

  it('ends when both logins have used up their time limit', async () => {
    const { detect, pass } = detecting()
    const failed = detect().catch((error: Error) => error.message)
    await pass(12_000, 50)
    expect(await failed).toMatch(/did not finish within 10000 ms/)
  })
})

describe('a refused call', () => {
  it('goes to the other strategy if that accepts, without a change of state', async () => {
    const { prober, blue, elsewhere, manager } = onBlue()
    prober.rules.green = 'accepted'
    await expect(elsewhere(blue)).resolves.toEqual(GREEN)
    expect(prober.order).toEqual(['green'])
    expect(manager.current()).toEqual(blue)
  })

  it('goes back to the strategy that refused it when the other one refuses, too', async () => {
    const { prober, blue, elsewhere } = onBlue()
    prober.rules.green = 'mismatch'
    prober.rules.blue = 'accepted'
    await expect(elsewhere(blue)).resolves.toEqual(blue)
  })

  it('shares one detection with a thousand others sent before it ended, including later refusals', async () => {
    const { prober, blue, elsewhere, count, clock } = onBlue({ maxHeldCalls: 1000 })
    prober.rules.green = 'accepted'
    const sentAt = clock.now()
    clock.advance(1)
    const calls = Array.from({ length: 1000 }, () => elsewhere(blue, sentAt))
    expect(new Set((await Promise.all(calls)).map(({ strategy }) => strategy))).toEqual(new Set(['green']))
    await expect(elsewhere(blue, sentAt)).resolves.toEqual(GREEN)
    expect(count('strategy:detected')).toBe(1)
    expect(prober.asked).toHaveLength(1)
  })

  it('sends no probe when new work has already switched', async () => {
    const { prober, blue, elsewhere, manager } = onBlue()
    manager.setActiveStrategy('green')
    await expect(elsewhere(blue)).resolves.toEqual({ strategy: 'green', epoch: 2 })
    expect(prober.asked).toHaveLength(0)
  })

  it('sends no probe when the other strategy is announced and ready', async () => {
    const { prober, blue, elsewhere, manager } = onBlue()
    manager.setPendingStrategy('green')
    manager.ready('green', 1)
    await expect(elsewhere(blue)).resolves.toEqual(GREEN)
    expect(prober.asked).toHaveLength(0)
  })

  it('that the found strategy also refuses requires a statement as proof from then on', async () => {
    const { prober, blue, elsewhere, pass } = onBlue()
    prober.rules.green = 'accepted'
    const found = await elsewhere(blue)
    await pass(5)
    prober.rules.green = 'mismatch'
    prober.rules.blue = 'accepted'
    await elsewhere(found)
    expect(prober.asked.map(({ strategy, how }) => `${strategy} ${how}`)).toEqual(['green login', 'blue login'])
    prober.rules.blue = 'mismatch'
    await pass(5)
    const held = elsewhere(blue)
    await pass(100)
    expect(prober.asked.filter(({ strategy }) => strategy === 'green').at(-1)!.how).toBe('statement')
    prober.rules.green = 'accepted'
    await pass(50)
    await expect(held).resolves.toEqual(GREEN)
  })
})

describe('calls that are held because neither strategy accepts', () => {
  function holding(limits: Partial<typeof LIMITS> = {}) {
    const it = onBlue(limits)
    it.prober.rules.blue = 'mismatch'
    it.prober.rules.green = 'mismatch'
    return it
  }

  it('are released by the next round after a strategy accepts, and the hold is reported once', async () => {
    const { prober, blue, elsewhere, count, pass, seen } = holding()
    const call = elsewhere(blue)
    await pass(2000)
    expect(count('strategy:held')).toBe(1)
    prober.rules.blue = 'accepted'
    await pass(220)
    await expect(call).resolves.toEqual(blue)
    expect(seen.find(({ name }) => name === 'strategy:released')!.facts).toMatchObject({ strategy: 'blue', calls: 1 })
  })

  it('cause a round at most every 5 ms at first, and later every 6 to 10 % of the time held', async () => {
    const { prober, blue, elsewhere, pass, clock } = holding()
    const failed = elsewhere(blue).catch(() => undefined)
    const startedAt = clock.now()
    const askedAt: number[] = []
    for (let ms = 0; ms < 20_000; ms += 5) {
      const before = prober.asked.length
      await pass(5)
      if (prober.asked.length > before) askedAt.push(clock.now() - startedAt)
    }
    const second = askedAt.filter((at) => at >= 1000 && at < 2000).length
    expect(second).toBeLessThanOrEqual(10)
    const late = askedAt.filter((at) => at >= 10_000)
    for (const [index, at] of late.slice(1).entries()) {
      expect(at - late[index]!).toBeGreaterThanOrEqual(0.055 * at)
      expect(at - late[index]!).toBeLessThanOrEqual(0.105 * at)
    }
    await pass(11_000, 50)
    await failed
  })

  it('wait at most for the limit, and fail with the answer of each strategy', async () => {
    const { blue, elsewhere, pass } = holding({ strategyDetectionTimeoutMs: 500 })
    const failed = elsewhere(blue).catch((error: unknown) => error)
    await pass(500)
    const error = await failed
    expect(error).toBeInstanceOf(StrategyDetectionTimeoutError)
    expect(error).toMatchObject({ outcome: 'not-sent', retryable: true })
    expect((error as Error).message).toContain('blue: does not serve new work; green: does not serve new work')
  })

  it('keep new work from being sent, until they are released', async () => {
    const { prober, blue, detection, elsewhere, pass } = holding()
    expect(detection.route()).toEqual(blue)
    const call = elsewhere(blue)
    await pass(100)
    expect(detection.route()).toBeUndefined()
    prober.rules.green = 'accepted'
    await pass(30)
    await call
    expect(detection.route()).toEqual(blue)
  })

  it('are limited in number', async () => {
    const { blue, elsewhere, pass } = holding({ maxHeldCalls: 2 })
    const calls = [elsewhere(blue), elsewhere(blue)]
    await expect(elsewhere(blue)).rejects.toBeInstanceOf(HeldCallsLimitError)
    for (const call of calls) call.catch(() => undefined)
    await pass(31_000, 100)
  })

  it('continue at once when prewarming, suspicion or another process has switched new work', async () => {
    const { blue, elsewhere, pass, manager, detection } = holding()
    const call = elsewhere(blue)
    await pass(100)
    manager.setActiveStrategy('green')
    await expect(call).resolves.toEqual({ strategy: 'green', epoch: 2 })
    expect(detection.held).toBe(0)
  })

  it('leave no listener and no timer', async () => {
    const { blue, elsewhere, pass, manager, clock } = holding()
    const call = elsewhere(blue)
    const off = vi.spyOn(manager.events, 'off')
    await pass(100)
    manager.setActiveStrategy('green')
    await call
    await settled()
    expect(off.mock.calls.map(([name]) => name)).toEqual(['strategy:transition', 'strategy:accepting'])
    await pass(2000)
    expect(clock.waiting).toBe(0)
  })

  it('wait five seconds when both are unreachable and one has served recently', async () => {
    const { prober, blue, elsewhere, pass } = holding()
    prober.rules.blue = 'failed'
    prober.rules.green = 'failed'
    const startedAt = { failed: false }
    const failed = elsewhere(blue).catch((error: Error) => {
      startedAt.failed = true
      return error.message
    })
    await pass(4900, 20)
    expect(startedAt.failed).toBe(false)
    await pass(700, 20)
    expect(await failed).toContain('green failed')
  })

  it('wait five seconds from the moment both are unreachable, when one of them refused before', async () => {
    const { prober, blue, elsewhere, pass } = holding()
    Object.assign(prober.rules, { blue: 'mismatch', green: 'failed' })
    let hasFailed = false
    const failed = elsewhere(blue).catch((error: Error) => {
      hasFailed = true
      return error.message
    })
    await pass(10_000, 20)
    prober.rules.blue = 'failed'
    await pass(4000, 20)
    expect(hasFailed).toBe(false)
    await pass(3000, 20)
    expect(await failed).toContain('green failed')
  })

  it('fail at once when the serving strategy refuses the credentials', async () => {
    const { prober, blue, elsewhere } = holding()
    vi.spyOn(prober, 'probe').mockImplementation(async (strategy) =>
      strategy === 'green' ? { kind: 'unable', error: new CredentialsError('refused') } : { kind: 'mismatch' },
    )
    await expect(elsewhere(blue)).rejects.toBeInstanceOf(CredentialsError)
  })
})

describe('processes that share a state and hold calls', () => {
  function sharing() {
    const store = new MemoryStrategyStore(initialStrategyState(DEFAULT_STRATEGY_LIMITS))
    const one = onBlue({}, { store })
    const other = new ScriptedProber()
    const second = managed({ store, clock: one.clock })
    const detection = new StrategyDetection(second.manager, one.clock, LIMITS)
    one.manager.events.on('strategy:accepting', (facts) => second.manager.tell('strategy:accepting', facts)) // as a shared store would
    for (const prober of [one.prober, other]) Object.assign(prober.rules, { blue: 'mismatch', green: 'mismatch' })
    const call = () => detection.elsewhere(other, { by: one.blue, sentAt: one.clock.now() }, one.deadline())
    return { ...one, other, call }
  }

  it('ask once each, then one asks for both, and its finding releases both', async () => {
    const { prober, other, blue, elsewhere, call, pass } = sharing()
    const calls = [elsewhere(blue), call()]
    await pass(5000)
    expect(other.asked.length + prober.asked.length).toBeGreaterThan(50)
    expect(Math.min(other.asked.length, prober.asked.length)).toBe(2)
    prober.rules.green = 'accepted'
    other.rules.green = 'accepted'
    await pass(600)
    expect((await Promise.all(calls)).map(({ strategy }) => strategy)).toEqual(['green', 'green'])
  })
})
