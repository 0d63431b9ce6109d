import { expect, test } from 'vitest'
import { RollingTraffic } from './rolling-traffic.ts'

test('rates cover the last five seconds, whatever the sample interval, and are zero without traffic', () => {
  let now = 0
  const traffic = new RollingTraffic(() => now)
  const add = (at: number, blue: number, latenciesMs: number[] = []) => {
    now = at
    traffic.add({ blue, green: 0 }, latenciesMs)
  }
  expect(traffic.perSecond).toEqual({ blue: 0, green: 0 })
  add(500, 5, [10])
  expect(traffic.perSecond).toEqual({ blue: 10, green: 0 })
  add(2000, 15, [20, 30])
  expect(traffic.perSecond.blue).toBe(10)
  expect(traffic.latency).toEqual({ p50: 20, p99: 30 })
  add(8000, 0)
  expect(traffic.perSecond.blue).toBe(0)
  expect(traffic.latency).toEqual({ p50: undefined, p99: undefined })
})
