import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { ScriptedProber, settled } from '../../test/scripted-prober.ts'
import { Deadline } from '../time/deadline.ts'
import { askBoth, type RoundResult } from './probe-round.ts'
import type { ProbeAnswer } from './strategy-prober.ts'

/** A round that prefers blue. */
function round() {
  const clock = new ManualClock()
  const prober = new ScriptedProber()
  const ask = (strategy: 'blue' | 'green') => prober.probe(strategy, Deadline.of(clock, {}, 10_000, 'asking'))
  let result: RoundResult | undefined
  const done = askBoth(['blue', 'green'], ask, clock).then((it) => {
    result = it
  })
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed++) {
      clock.advance(1)
      await settled()
    }
  }
  return { prober, pass, done, result: () => result }
}

const REFUSALS: ProbeAnswer['kind'][] = ['mismatch', 'suspended', 'overloaded', 'failed', 'silent', 'unable']

describe('a round of detection', () => {
  it('asks only the preferred strategy when it accepts at once', async () => {
    const { prober, result, pass } = round()
    await prober.asked[0]!.answer('accepted')
    expect(result()).toMatchObject({ kind: 'found', strategy: 'blue' })
    await pass(10_000)
    expect(prober.order).toEqual(['blue'])
  })

  for (const kind of REFUSALS) {
    it(`asks and uses the other one at once when the preferred one answers ${kind}`, async () => {
      const { prober, result } = round()
      await prober.asked[0]!.answer(kind)
      expect(prober.order).toEqual(['blue', 'green'])
      await prober.asked[1]!.answer('accepted')
      expect(result()).toMatchObject({ kind: 'found', strategy: 'green' })
    })
  }

  it('asks the other one after 250 ms, and uses it only when the preferred one was silent for 1500 ms', async () => {
    const { prober, pass, result } = round()
    await pass(249)
    expect(prober.order).toEqual(['blue'])
    await pass(1)
    expect(prober.order).toEqual(['blue', 'green'])
    await prober.asked[1]!.answer('accepted')
    await pass(1249)
    expect(result()).toBeUndefined()
    await pass(1)
    expect(result()).toMatchObject({ kind: 'found', strategy: 'green' })
  })

  it('uses the preferred one when it is merely slower, however fast the other was', async () => {
    const { prober, pass, result } = round()
    await pass(250)
    await prober.asked[1]!.answer('accepted')
    await pass(1000)
    await prober.asked[0]!.answer('accepted')
    expect(result()).toMatchObject({ kind: 'found', strategy: 'blue' })
  })

  it('waits for a login that takes six seconds while the other one is silent as well', async () => {
    const { prober, pass, result } = round()
    await pass(6000)
    expect(result()).toBeUndefined()
    await prober.asked[0]!.answer('accepted')
    expect(result()).toMatchObject({ kind: 'found', strategy: 'blue' })
  })

  it('ends with both answers, and does not wait forever for a silent strategy', async () => {
    const { prober, pass, result } = round()
    await prober.asked[0]!.answer('mismatch')
    await pass(1499)
    expect(result()).toBeUndefined()
    await pass(1)
    expect(result()).toMatchObject({
      kind: 'refused',
      answers: { blue: { kind: 'mismatch' }, green: { kind: 'waiting' } },
    })
  })

  it('ends when one is silent until its time limit and the other one long after that', async () => {
    const { prober, pass, result } = round()
    await pass(5000)
    await prober.asked[1]!.answer('silent')
    await pass(1499)
    expect(result()).toBeUndefined()
    await pass(1)
    expect(result()).toMatchObject({
      kind: 'refused',
      answers: { blue: { kind: 'waiting' }, green: { kind: 'silent' } },
    })
  })
})
