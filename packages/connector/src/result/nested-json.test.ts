import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError, ValueRangeError } from '../errors.ts'
import { parseNested } from './nested-json.ts'

const exact = { int64: 'bigint', float: 'number' } as const

describe('nested values', () => {
  it('keep 64-bit integers exact, and smaller ones numbers', () => {
    expect(parseNested('{"a":9223372036854775807,"b":[1,-9007199254740993]}', 'c', exact)).toEqual({
      a: 9223372036854775807n,
      b: [1, -9007199254740993n],
    })
    expect(parseNested('[9223372036854775807]', 'c', { int64: 'string', float: 'number' })).toEqual([
      '9223372036854775807',
    ])
  })

  it('refuse to lose digits when numbers are asked for', () => {
    expect(() => parseNested('[9007199254740993]', 'c', { int64: 'number', float: 'number' })).toThrow(ValueRangeError)
    expect(parseNested('[9007199254740991]', 'c', { int64: 'number', float: 'number' })).toEqual([9007199254740991])
  })

  it('keep every digit of a decimal that no double has', () => {
    expect(parseNested('[1234567890123456789.01234, 0.5, 1e300]', 'c', exact)).toEqual([
      '1234567890123456789.01234',
      0.5,
      1e300,
    ])
  })

  it('read what the engine writes for numbers that JSON has none for', () => {
    expect(parseNested('[NaN,Infinity,-Infinity,-0]', 'c', exact)).toEqual([Number.NaN, Infinity, -Infinity, -0])
    expect(parseNested('[NaN,-0,-0.5]', 'c', { int64: 'string', float: 'tagged' })).toEqual(['NaN', '-0', -0.5])
  })

  it('keep a key called __proto__ a key', () => {
    const value = parseNested('{"__proto__":{"x":12345678901234567890}}', 'c', exact) as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it.each([
    '',
    '[',
    '{"a"}',
    '{"a":}',
    '[1,]',
    '[01]',
    '"\\x"',
    'nul',
    '[1] 2',
    '{a:1}',
    "['a']",
    `[12345678901234567890${'['.repeat(3000)}`,
  ])('%s is refused with a typed error', (text) => {
    expect(() => parseNested(text, 'c', exact)).toThrow(DecodeError)
    expect(() => parseNested(`${text}1234567890123456x`, 'c', exact)).toThrow(DecodeError)
  })

  it('are what JSON.parse makes of them, whichever way they are parsed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify([value, '1234567890123456'])
        const careful = parseNested(text, 'c', exact)
        expect(JSON.stringify(careful, (_, part) => (typeof part === 'bigint' ? Number(part) : part))).toBe(
          JSON.stringify(JSON.parse(text)),
        )
      }),
    )
  })
})
