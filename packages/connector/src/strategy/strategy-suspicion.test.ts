import { describe, expect, it } from 'vitest'
import { managed } from '../../test/managed-strategy.ts'
import { ScriptedProber, settled } from '../../test/scripted-prober.ts'
import { Deadline } from '../time/deadline.ts'
import type { Ticket } from './strategy-change.ts'
import { StrategySuspicion, type Verdict } from './strategy-suspicion.ts'

const LIMITS = { suspectAfterMs: 5000, strategyProbeTimeoutMs: 5000 }

/** A cluster with blue active, and one connection that asks. */
function onBlue() {
  const { manager, clock, events } = managed()
  const prober = new ScriptedProber()
  const suspicion = new StrategySuspicion(manager, clock, LIMITS)
  suspicion.join(prober)
  manager.setActiveStrategy('blue')
  const blue = manager.current()!
  const pass = async (ms: number, stepMs = 10) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(Math.min(stepMs, ms - passed))
      await settled()
    }
  }
  /** Two tries of a call have failed. */
  const check = (sentAt = clock.now()): { verdict: () => Verdict | undefined; done: Promise<void> } => {
    let verdict: Verdict | undefined
    const deadline = Deadline.of(clock, {}, 60_000, 'a call')
    const done = suspicion.check(blue, sentAt, deadline).then((it) => {
      verdict = it
    })
    return { verdict: () => verdict, done }
  }
  return { manager, clock, events, prober, suspicion, blue, pass, check }
}

const WORKS = { kind: 'stays', active: 'works' }
const FAILS = { kind: 'stays', active: 'fails' }
const MOVED = { kind: 'moved', ticket: { strategy: 'green', epoch: 2 } }

describe('a call that failed twice', () => {
  it('reports its own error when the active strategy answers, and nothing switches', async () => {
    const { prober, check, manager, blue } = onBlue()
    Object.assign(prober.rules, { blue: 'accepted', green: 'accepted' })
    const { verdict, done } = check()
    await done
    expect(verdict()).toEqual(WORKS)
    expect(manager.current()).toEqual(blue)
    expect(prober.asked.every(({ how, connection }) => how === 'statement' && connection === 'new')).toBe(true)
  })

  it('switches new work after a second check, a second later, when the active strategy refuses and the other works', async () => {
    const { prober, check, manager, pass, blue } = onBlue()
    Object.assign(prober.rules, { blue: 'failed', green: 'accepted' })
    const { verdict } = check()
    await pass(900)
    expect(verdict()).toBeUndefined()
    expect(manager.current()).toEqual(blue)
    await pass(200)
    expect(verdict()).toEqual(MOVED)
    expect(prober.order).toEqual(['blue', 'green', 'blue', 'green'])
  })

  for (const kind of ['mismatch', 'suspended', 'unable', 'failed'] as const) {
    it(`counts ${kind} as a refusal by the active strategy`, async () => {
      const { prober, check, pass } = onBlue()
      Object.assign(prober.rules, { blue: kind, green: 'accepted' })
      const { verdict } = check()
      await pass(1100)
      expect(verdict()).toEqual(MOVED)
    })
  }

  it('switches nothing for a 429, which means load', async () => {
    const { prober, check, manager, blue } = onBlue()
    Object.assign(prober.rules, { blue: 'overloaded', green: 'accepted' })
    const { verdict, done } = check()
    await done
    expect(verdict()).toEqual(WORKS)
    expect(manager.current()).toEqual(blue)
  })

  it('switches nothing if both look bad, without a second check', async () => {
    const { prober, check, manager, blue, suspicion } = onBlue()
    Object.assign(prober.rules, { blue: 'failed', green: 'mismatch' })
    const { verdict, done } = check()
    await done
    expect(verdict()).toEqual(FAILS)
    expect(manager.current()).toEqual(blue)
    expect(suspicion.isCleared(blue), 'no later error is taken for its own statement').toBe(false)
  })

  it('reports that the active strategy refuses, if both do', async () => {
    const { prober, check } = onBlue()
    Object.assign(prober.rules, { blue: 'mismatch', green: 'mismatch' })
    const { verdict, done } = check()
    await done
    expect(verdict()).toEqual({ kind: 'stays', active: 'refuses' })
  })

  it('switches at once if the other strategy is announced and ready', async () => {
    const { prober, check, manager } = onBlue()
    manager.setPendingStrategy('green')
    manager.ready('green', 1)
    Object.assign(prober.rules, { blue: 'failed', green: 'accepted' })
    const { verdict, done } = check()
    await done
    expect(verdict()).toEqual(MOVED)
  })

  it('shares one check with a thousand others', async () => {
    const { prober, check, pass } = onBlue()
    Object.assign(prober.rules, { blue: 'failed', green: 'accepted' })
    const checks = Array.from({ length: 1000 }, () => check())
    await pass(1100)
    expect(checks.every(({ verdict }) => verdict()?.kind === 'moved')).toBe(true)
    expect(prober.asked).toHaveLength(4)
  })

  it('needs a check that started after it was sent, and checks happen at most once a second', async () => {
    const { prober, check, pass, clock } = onBlue()
    Object.assign(prober.rules, { blue: 'accepted', green: 'accepted' })
    await check().done
    await pass(100)
    const again = check()
    await pass(890)
    expect(again.verdict()).toBeUndefined()
    expect(prober.order).toEqual(['blue'])
    await pass(20)
    expect(again.verdict()).toEqual(WORKS)
    expect(prober.order).toEqual(['blue', 'blue']) // the other one is not asked while this one works
    const known = check(clock.now() - 500)
    await known.done
    expect(prober.order).toEqual(['blue', 'blue'])
  })

  it('reports its own error when no connection can ask', async () => {
    const { manager, clock } = managed()
    const suspicion = new StrategySuspicion(manager, clock, LIMITS)
    manager.setActiveStrategy('blue')
    const deadline = Deadline.of(clock, {}, 1000, 'a call')
    await expect(suspicion.check(manager.current()!, clock.now(), deadline)).resolves.toEqual(FAILS)
  })

  it('is an event with its reason, and so is the outcome', async () => {
    const { prober, check, manager, pass } = onBlue()
    const seen: object[] = []
    manager.events.on('strategy:suspected', (facts) => seen.push(facts))
    manager.events.on('strategy:checked', (facts) => seen.push(facts))
    Object.assign(prober.rules, { blue: 'failed', green: 'accepted' })
    check()
    await pass(1100)
    const about = { strategy: 'blue', epoch: 1 }
    expect(seen).toEqual([
      { ...about, reason: 'calls-failed' },
      { ...about, active: 'fails', other: 'works', verdict: 'stays' },
      { ...about, active: 'fails', other: 'works', verdict: 'moved' },
    ])
  })
})

describe('unanswered calls', () => {
  /** Sends a call, and records its new destination. */
  function send({ suspicion }: ReturnType<typeof onBlue>, ticket: Ticket) {
    let moved: Ticket | undefined
    const call = suspicion.sent(ticket, (to) => {
      moved = to
    })
    return { ...call, movedTo: () => moved }
  }

  it('switch to the other strategy within twice the limit and two seconds, when the active one stays silent', async () => {
    const it = onBlue()
    it.prober.rules.green = 'accepted'
    const call = send(it, it.blue)
    await it.pass(10_500, 50)
    expect(call.movedTo()).toBeUndefined()
    await it.pass(1500, 50)
    expect(call.movedTo()).toEqual({ strategy: 'green', epoch: 2 })
  })

  it('count together, including those whose callers gave up', async () => {
    const it = onBlue()
    for (let n = 0; n < 4; n++) {
      const call = send(it, it.blue)
      await it.pass(1200, 100)
      call.gaveUp()
    }
    await it.pass(60_000, 1000)
    expect(it.prober.asked).toHaveLength(0)
    send(it, it.blue)
    await it.pass(300, 100)
    expect(it.prober.order).toEqual(['blue'])
  })

  it('raise no suspicion while any call is answered', async () => {
    const it = onBlue()
    send(it, it.blue)
    for (let n = 0; n < 10; n++) {
      const other = send(it, it.blue)
      await it.pass(2000, 500)
      other.answered()
    }
    expect(it.prober.asked).toHaveLength(0)
  })

  it('stay on their strategy when an answer comes during the checks: slow is not refused', async () => {
    const it = onBlue()
    it.prober.rules.green = 'accepted'
    const call = send(it, it.blue)
    await it.pass(8000, 50)
    call.answered()
    await it.pass(10_000, 50)
    expect(it.manager.current()).toEqual(it.blue)
  })

  it('stay on their strategy through a stall of eight seconds, after which all are answered', async () => {
    const it = onBlue()
    it.prober.rules.green = 'accepted'
    const calls = [send(it, it.blue), send(it, it.blue)]
    await it.pass(8000, 50)
    it.prober.rules.blue = 'accepted'
    for (const asked of it.prober.asked) if (asked.strategy === 'blue') await asked.answer('accepted')
    for (const call of calls) call.answered()
    await it.pass(10_000, 50)
    expect(it.manager.current()).toEqual(it.blue)
  })

  it('leave the old strategy after an announced switch only when they have waited for the limit', async () => {
    const it = onBlue()
    const call = send(it, it.blue)
    await it.pass(1000, 100)
    it.manager.setActiveStrategy('green')
    await it.pass(3900, 100)
    expect(call.movedTo()).toBeUndefined()
    await it.pass(200, 100)
    expect(call.movedTo()).toEqual({ strategy: 'green', epoch: 2 })
  })

  it('leave no timer once they have ended', async () => {
    const it = onBlue()
    const calls = [send(it, it.blue), send(it, it.blue)]
    calls[0]!.answered()
    calls[1]!.gaveUp()
    expect(it.clock.waiting).toBe(0)
    it.suspicion.close()
    expect(it.suspicion.join(it.prober)).toBeTypeOf('function')
  })
})
