import { describe, expect, it } from 'vitest'
import { AbortError, TimeoutError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { CloseSignal } from './close-signal.ts'
import { Deadline } from './deadline.ts'

/** A clock that the test advances. */
function manualClock(): Clock & { advance(ms: number): void; readonly scheduled: number } {
  let now = 1000
  const timers = new Set<{ at: number; run: () => void }>()
  return {
    now: () => now,
    wallTime: () => now,
    schedule(delayMs, run) {
      const timer = { at: now + delayMs, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    jitter: () => 0,
    advance(ms) {
      now += ms
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer)
        timer.run()
      }
    },
    get scheduled() {
      return timers.size
    },
  }
}

const never = new Promise<never>(() => undefined)

describe('a wait with a deadline', () => {
  it('ends with a typed timeout that names the operation', async () => {
    const clock = manualClock()
    const waiting = Deadline.of(clock, { timeoutMs: 50 }, 1000, 'fetching').race(never)
    clock.advance(50)
    await expect(waiting).rejects.toThrow(TimeoutError)
    await expect(waiting).rejects.toThrow('fetching did not finish within 50 ms')
  })

  it('ends when the signal fires, with its reason', async () => {
    const clock = manualClock()
    const abort = new AbortController()
    const waiting = Deadline.of(clock, { signal: abort.signal }, 1000, 'fetching').race(never)
    abort.abort('enough')
    await expect(waiting).rejects.toThrow(AbortError)
    await expect(waiting).rejects.toMatchObject({ cause: 'enough', outcome: 'not-sent' })
  })

  it('is over at once when the signal has fired before', async () => {
    const deadline = Deadline.of(manualClock(), { signal: AbortSignal.abort() }, 1000, 'fetching')
    await expect(deadline.race(never)).rejects.toThrow(AbortError)
    expect(() => deadline.throwIfOver()).toThrow(AbortError)
  })

  it('leaves no timer and no listener behind', async () => {
    const clock = manualClock()
    const abort = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = abort.signal
    abort.signal.addEventListener = function add(...of: Parameters<typeof addEventListener>) {
      listeners += 1
      addEventListener.apply(this, of)
    }
    abort.signal.removeEventListener = function remove(...of: Parameters<typeof removeEventListener>) {
      listeners -= 1
      removeEventListener.apply(this, of)
    }
    const deadline = Deadline.of(clock, { signal: abort.signal }, 1000, 'fetching')
    await expect(deadline.race(Promise.resolve('row'))).resolves.toBe('row')
    await expect(deadline.race(Promise.reject(new Error('gone')))).rejects.toThrow('gone')
    expect({ listeners, timers: clock.scheduled }).toEqual({ listeners: 0, timers: 0 })
  })

  it('is as short as its shortest part', () => {
    const clock = manualClock()
    const whole = Deadline.of(clock, { timeoutMs: 100 }, 1000, 'the query')
    expect(whole.within(30, 'one call').remainingMs()).toBe(30)
    clock.advance(90)
    const part = whole.within(30, 'one call')
    expect(part.remainingMs()).toBe(10)
    clock.advance(10)
    expect(part.error().message).toBe('the query did not finish within 100 ms')
  })

  it('reports that the connection was closed if that ended it', () => {
    const closing = new CloseSignal()
    const deadline = Deadline.of(manualClock(), {}, 1000, 'the query').closedBy(closing)
    expect(deadline.isOver()).toBe(false)
    closing.close('the connection was closed')
    expect(deadline.isOver()).toBe(true)
    expect(deadline.error('unknown')).toMatchObject({ code: 'E6_CLOSED', outcome: 'unknown' })
  })

  it('shows the caller in the stack of its errors', async () => {
    const clock = manualClock()
    async function whoWaits(): Promise<void> {
      await Deadline.of(clock, { timeoutMs: 1 }, 1, 'waiting').race(never)
    }
    const failed = whoWaits().catch((error: Error) => error.stack)
    clock.advance(1)
    expect(await failed).toContain('whoWaits')
  })
})
