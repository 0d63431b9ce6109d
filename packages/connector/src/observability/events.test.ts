import { expect, it } from 'vitest'
import { EventHub, type StrategyEvents } from './events.ts'
import { silentLogger } from './logger.ts'

it('a source attached several times under one key starts once, and stops with the last release', () => {
  const hub = new EventHub<StrategyEvents>(silentLogger)
  const happened: string[] = []
  const start = () => {
    happened.push('started')
    return () => happened.push('stopped')
  }
  const key = {}
  const one = hub.attach(key, start)
  const two = hub.attach(key, start)
  const other = hub.attach({}, start)
  expect(happened).toEqual(['started', 'started'])
  one()
  one() // A second release has no effect.
  expect(happened).toHaveLength(2)
  two()
  other()
  expect(happened).toEqual(['started', 'started', 'stopped', 'stopped'])
  hub.attach(key, start)
  expect(happened).toHaveLength(5)
})
