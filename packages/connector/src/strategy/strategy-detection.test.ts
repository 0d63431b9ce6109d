import { describe, expect, it, vi } from 'vitest'
import { managed } from '../../test/managed-strategy.ts'
import { Deadline } from '../time/deadline.ts'
import { StrategyDetection } from './strategy-detection.ts'
import type { StrategyManager } from './strategy-manager.ts'
import type { ProbeAnswer, StrategyProber } from './strategy-prober.ts'

const OPTIONS = { strategyDetectionTimeoutMs: 30_000, strategyProbeTimeoutMs: 10_000, maxHeldCalls: 100 }

/** A prober whose answers come when the test gives them. */
class SlowProber implements StrategyProber {
  readonly closed = false
  readonly #answers: ((answer: ProbeAnswer) => void)[] = []

  probe(): Promise<ProbeAnswer> {
    return new Promise((resolve) => this.#answers.push(resolve))
  }

  get asked(): number {
    return this.#answers.length
  }

  refuse(): void {
    this.#answers.at(-1)!({ kind: 'refused' })
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Calls that are held on a cluster whose green was announced and whose blue has turned work away. */
function held(onTransition: (manager: StrategyManager) => void = () => undefined) {
  const { manager, clock } = managed()
  const prober = new SlowProber()
  const detection = new StrategyDetection(manager, clock, OPTIONS)
  manager.setActiveStrategy('blue')
  manager.setPendingStrategy('green')
  manager.refused({ strategy: 'blue', epoch: manager.epoch }, 'prepareStatement')
  manager.events.once('strategy:transition', () => onTransition(manager))
  const calls = [1, 2].map(() => detection.detect(prober, Deadline.of(clock, {}, 30_000, 'a call')))
  return { manager, clock, prober, detection, calls }
}

describe('calls that are held because nothing serves', () => {
  it('go on at once when prewarming is accepted, whatever detection still waits for', async () => {
    const { manager, prober, detection, calls } = held()
    expect(prober.asked).toBe(1)
    expect(manager.ready('green', manager.epoch)).toBe(true)
    await expect(Promise.all(calls)).resolves.toEqual([1, 2].map(() => ({ strategy: 'green', epoch: 3 })))
    expect(detection.held).toBe(0)
  })

  it('go on at once when another process has found a strategy, in the pause between two rounds as well', async () => {
    const { manager, prober, calls } = held()
    for (const round of [1, 2]) {
      expect(prober.asked).toBe(round)
      prober.refuse()
      await settled()
    }
    manager.setActiveStrategy('green')
    await expect(Promise.all(calls)).resolves.toEqual([1, 2].map(() => ({ strategy: 'green', epoch: 3 })))
    expect(prober.asked).toBe(2)
  })

  it('are held on when a strategy was found and is gone again, and ask no more often for that', async () => {
    const { manager, prober, calls } = held((it) => it.clearStrategyCache())
    manager.setActiveStrategy('green')
    await settled()
    expect(prober.asked).toBe(1)
    manager.setActiveStrategy('green')
    await expect(Promise.all(calls)).resolves.toEqual([1, 2].map(() => ({ strategy: 'green', epoch: 5 })))
  })

  it('leave nothing behind that listens', async () => {
    const { manager, calls } = held()
    const stopListening = vi.spyOn(manager.events, 'off')
    manager.setActiveStrategy('green')
    await Promise.all(calls)
    expect(stopListening.mock.calls).toEqual([['strategy:transition', expect.any(Function)]])
  })
})
