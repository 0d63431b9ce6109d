import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTurn, systemClock } from './clock.ts'
import { Deadline } from './deadline.ts'

afterEach(() => vi.useRealTimers())

describe('with the timers of a test framework installed', () => {
  it('a scheduled run happens, and can be cancelled', async () => {
    vi.useFakeTimers()
    const ran: string[] = []
    const cancel = systemClock.schedule(1, () => ran.push('cancelled'))
    cancel()
    await new Promise<void>((resolve) => systemClock.schedule(20, resolve))
    expect(ran).toEqual([])
    await nextTurn()
  })

  it('a deadline ends by the real elapsed time, regardless of a mocked Date', async () => {
    vi.useFakeTimers({ now: 0 })
    const deadline = Deadline.of(systemClock, { timeoutMs: 5 }, 1000, 'waiting')
    vi.setSystemTime(8_640_000_000_000)
    expect(deadline.remainingMs()).toBeGreaterThan(0)
    await expect(deadline.race(new Promise(() => undefined))).rejects.toThrow('waiting did not finish within 5 ms')
  })
})

it('an infinite deadline uses no timer', async () => {
  const schedule = vi.fn(systemClock.schedule)
  const deadline = Deadline.of({ ...systemClock, schedule }, {}, Number.POSITIVE_INFINITY, 'waiting')
  const stop = deadline.onOver(() => undefined)
  expect(await deadline.race(Promise.resolve('answered'))).toBe('answered')
  stop()
  expect(schedule).not.toHaveBeenCalled()
})
