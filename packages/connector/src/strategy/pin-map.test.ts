import { describe, expect, it } from 'vitest'
import { PinMap, type PinPlace } from './pin-map.ts'

const BLUE = { strategy: 'blue', engineIp: '10.0.0.1' } as const
const GREEN = { strategy: 'green', engineIp: '10.0.0.1' } as const
const OTHER_ENGINE = { strategy: 'blue', engineIp: '10.0.0.2' } as const

function both(): PinMap<PinPlace> {
  return new PinMap<PinPlace>([
    ['q-1', BLUE],
    ['q-1', GREEN],
    ['q-2', OTHER_ENGINE],
  ])
}

describe('pins of queries with the same id on two deployments', () => {
  it('are found by strategy and engine, and the id alone finds the latest', () => {
    const pins = both()
    expect(pins.get('q-1', BLUE)).toBe(BLUE)
    expect(pins.get('q-1', GREEN)).toBe(GREEN)
    expect(pins.get('q-1')).toBe(GREEN)
    expect(pins.get('q-1', OTHER_ENGINE)).toBeUndefined()
    expect(pins.size).toBe(3)
    expect(Object.fromEntries(pins)).toEqual({ 'q-1': GREEN, 'q-2': OTHER_ENGINE })
  })

  it('are removed individually by strategy and engine, and together by the id alone', () => {
    const pins = both()
    expect(pins.delete('q-1', GREEN)).toBe(true)
    expect(pins.delete('q-1', GREEN)).toBe(false)
    expect(pins.get('q-1')).toBe(BLUE)
    pins.set('q-1', GREEN)
    expect(pins.delete('q-1')).toBe(true)
    expect(pins.get('q-1')).toBeUndefined()
    expect([pins.size, ...pins]).toEqual([1, ['q-2', OTHER_ENGINE]])
  })

  it('a pin set again at its place replaces the former one and is the latest', () => {
    const pins = both()
    const renewed = { ...BLUE }
    pins.set('q-1', renewed)
    expect(pins.get('q-1')).toBe(renewed)
    expect(pins.size).toBe(3)
  })
})
