import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError, ValueRangeError } from '../errors.ts'
import { parseNested } from './nested-json.ts'

/** Compares two decimals exactly, as fractions of integers. */
function sameDecimal(a: string, b: string): boolean {
  const [x, y] = [fraction(a), fraction(b)]
  return x !== undefined && y !== undefined && x.top * y.bottom === y.top * x.bottom
}

function fraction(text: string): { top: bigint; bottom: bigint } | undefined {
  const parts = /^(-?\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text)
  if (!parts) return undefined
  const [, whole = '', decimals = '', exponent = '0'] = parts
  const power = Number(exponent) - decimals.length
  const top = BigInt(whole + decimals) * 10n ** BigInt(Math.max(power, 0))
  return { top, bottom: 10n ** BigInt(Math.max(-power, 0)) }
}

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

  it.each(['1234567890.123456789', '99999999999.99999999', '-0.12345678901234567891', '1e400', '-1e-400', '1.5e-330'])(
    'keep %s, which no double represents, unchanged',
    (token) => {
      expect(parseNested(`{"a":[${token}]}`, 'c', exact)).toEqual({ a: [token] })
      expect(parseNested(token, 'c', { int64: 'number', float: 'tagged' })).toBe(token)
    },
  )

  it.each([
    ['0.10', 0.1],
    ['1.000000000000000000000', 1],
    ['0.30000000000000004', 0.30000000000000004],
    ['5e-324', 5e-324],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['123456789012345680.000e0', 123456789012345680],
    ['0e999', 0],
  ])('read %s as the number that it is', (token, value) => {
    expect(parseNested(`[${token}]`, 'c', exact)).toEqual([value])
  })

  it('are numbers when a number represents them exactly, and strings otherwise', () => {
    const digits = (min: number, max: number) =>
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((all) => all.join(''))
    const whole = digits(1, 22).map((text) => text.replace(/^0+(?=\d)/, ''))
    const exponent = fc.option(fc.integer({ min: -340, max: 320 }), { nil: undefined })
    fc.assert(
      fc.property(fc.boolean(), whole, digits(1, 24), exponent, (negative, before, after, power) => {
        const token = `${negative ? '-' : ''}${before}.${after}${power === undefined ? '' : `e${power}`}`
        const [value] = parseNested(`[${token}]`, 'c', exact) as [number | string]
        if (typeof value === 'string') {
          expect(value).toBe(token)
          expect(sameDecimal(token, String(Number(token)))).toBe(false)
        } else {
          expect(sameDecimal(token, String(value))).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('read every double that was written with its shortest digits as that double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = Number.isInteger(value) ? value.toExponential() : String(value)
        expect(parseNested(`[${text}]`, 'c', exact)).toEqual([Number(text)])
      }),
    )
  })

  it("accept the engine's values for numbers that JSON lacks", () => {
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

  it('equal the result of JSON.parse, whichever parser is used', () => {
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
