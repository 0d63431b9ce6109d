import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StoreFault } from './shared-files.ts'
import { decodeCheck, decodeLease, decodeVersion, encodeCheck, encodeLease, encodeVersion } from './shared-format.ts'
import type { StrategyState } from './strategy-state.ts'

const NOW = 1_000_000

const strategies = fc.constantFrom('blue' as const, 'green' as const)
const times = fc.double({ min: 0, max: NOW, noNaN: true })
const states: fc.Arbitrary<StrategyState> = fc
  .record({
    epoch: fc.nat(),
    active: fc.option(strategies, { nil: undefined }),
    pending: fc.option(
      fc.record({ strategy: strategies, ready: fc.boolean(), withdrawnAt: fc.option(times, { nil: undefined }) }),
      { nil: undefined },
    ),
    withdrawn: fc.option(fc.record({ strategy: strategies, at: times }), { nil: undefined }),
    lastKnown: fc.option(strategies, { nil: undefined }),
    refusal: fc.option(fc.record({ strategy: strategies, at: times, unproven: fc.boolean() }), { nil: undefined }),
    checkedAt: times,
    servedAt: times,
    transitionedAt: fc.option(times, { nil: undefined }),
    budget: fc.record({
      tokens: fc.double({ min: 0, max: 3, noNaN: true }),
      at: times,
      refillMs: times,
      lastSwitchAt: fc.option(times, { nil: undefined }),
    }),
    moves: fc.array(times, { maxLength: 2 }),
    strays: fc.nat(),
    suspectedAt: fc.option(times, { nil: undefined }),
    returnBar: fc.option(fc.record({ strategy: strategies, at: times, forMs: times }), { nil: undefined }),
    asker: fc.option(
      fc.record({ id: fc.string(), at: times, pauseMs: times, purpose: fc.constantFrom('hold', 'readiness') }),
      { nil: undefined },
    ),
    opening: fc.option(fc.record({ strategy: strategies, count: fc.nat() }), { nil: undefined }),
  })
  .filter(({ active, pending }) => active === undefined || pending?.strategy !== active)

/** JSON has no -0, a difference that does not matter here. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

const decoders = {
  version: (text: string) => decodeVersion(text, NOW),
  check: (text: string) => decodeCheck(text, NOW),
  lease: (text: string) => decodeLease(text, 1, NOW),
}

describe('the files of the shared store', () => {
  it('a state is read as it was written', () => {
    fc.assert(
      fc.property(states, times, (state, publishedAt) => {
        const file = decodeVersion(encodeVersion({ publishedAt, state }), NOW)
        expect(plain(file)).toEqual(plain({ publishedAt, state }))
        expect(Object.keys(file.state)).toEqual(Object.keys(state))
      }),
    )
  })

  it('a check is read as it was written', () => {
    const check = { epoch: 7, checkedAt: 12.5, servedAt: 11.5 }
    expect(decodeCheck(encodeCheck(check), NOW)).toEqual(check)
  })

  it('pins are read as they were written, whatever the queries are called', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), strategies, fc.string(), fc.nat(NOW))), (rows) => {
        const pins = new Map(
          rows.map(([queryId, strategy, engineIp, lastActivityAt]) => [
            queryId,
            { strategy, engineIp, lastActivityAt },
          ]),
        )
        const lease = decodeLease(encodeLease(NOW, pins), 77, NOW)
        expect(lease.renewedAt).toBe(NOW)
        expect([...lease.pins]).toEqual([...pins].map(([queryId, pin]) => [queryId, { ...pin, pid: 77 }]))
      }),
    )
  })

  for (const [kind, decode] of Object.entries(decoders)) {
    it(`a ${kind} with any other content is a store fault, and nothing worse`, () => {
      const texts = fc.oneof(
        fc.string(),
        fc.json(),
        hostileObjects.map((value) => JSON.stringify(value)),
      )
      fc.assert(
        fc.property(texts, (text) => {
          try {
            decode(text)
          } catch (error) {
            expect(error).toBeInstanceOf(StoreFault)
          }
        }),
        { numRuns: 2000 },
      )
    })
  }

  it('a file that is cut off anywhere is a fault', () => {
    fc.assert(
      fc.property(states, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (state, part) => {
        const text = encodeVersion({ publishedAt: NOW, state })
        expect(() => decodeVersion(text.slice(0, text.length * part), NOW)).toThrow(StoreFault)
      }),
    )
  })

  it('a pending strategy that is the active one is invalid', () => {
    const state = { epoch: 1, active: 'blue', pending: { strategy: 'blue', ready: true }, checkedAt: 0 }
    expect(() => decodeVersion(JSON.stringify({ format: 2, publishedAt: 0, state }), NOW)).toThrow(/'pending'/)
  })

  it('an unknown format is named, and does not count as damage', () => {
    expect(() => decodeVersion('{"format":9}', NOW)).toThrow(expect.objectContaining({ kind: 'foreign' }))
    expect(() => decodeVersion('{"format":9}', NOW)).toThrow(/format 9, but this version supports only 2/)
  })
})

/** Objects with valid names and invalid values. */
const anything = fc.oneof(fc.anything(), fc.constantFrom(-1, 1e300, 'blue', 'purple', null, [], {}, [[]]))
const hostileState = fc.record(
  {
    epoch: anything,
    active: anything,
    pending: fc.oneof(anything, fc.record({ strategy: anything, ready: anything, withdrawnAt: anything })),
    lastKnown: anything,
    refusal: fc.oneof(anything, fc.record({ strategy: anything, at: anything, unproven: anything })),
    checkedAt: anything,
    transitionedAt: anything,
    budget: fc.oneof(
      anything,
      fc.record({ tokens: anything, at: anything, refillMs: anything, lastSwitchAt: anything }),
    ),
    withdrawn: fc.oneof(anything, fc.record({ strategy: anything, at: anything })),
    servedAt: anything,
    moves: fc.oneof(anything, fc.array(anything)),
    strays: anything,
    suspectedAt: anything,
    returnBar: fc.oneof(anything, fc.record({ strategy: anything, at: anything, forMs: anything })),
    asker: fc.oneof(anything, fc.record({ id: anything, at: anything, pauseMs: anything, purpose: anything })),
    opening: fc.oneof(anything, fc.record({ strategy: anything, count: anything })),
  },
  { requiredKeys: [] },
)
const hostileObjects = fc
  .record(
    {
      format: fc.constant(2),
      publishedAt: fc.oneof(fc.constant(0), anything),
      renewedAt: fc.oneof(fc.constant(0), anything),
      epoch: anything,
      checkedAt: anything,
      servedAt: anything,
      pins: fc.oneof(anything, fc.array(fc.oneof(anything, fc.tuple(anything, anything, anything, anything)))),
      state: fc.oneof(anything, hostileState),
    },
    { requiredKeys: ['format'] },
  )
  .filter((value) => {
    try {
      return JSON.stringify(value) !== undefined
    } catch {
      return false // Some of what fast-check makes, such as a bigint, has no JSON.
    }
  })
