import { expect, test } from 'vitest'
import type { Sample } from './feed.ts'
import { SwitchLedger } from './switch-ledger.ts'

const sample = (facts: Partial<Sample>): Sample => ({
  at: 0,
  active: 'blue',
  blue: { ended: 0, inFlight: 0, perSecond: 0 },
  green: { ended: 0, inFlight: 0, perSecond: 0 },
  p50: undefined,
  p99: undefined,
  failed: 0,
  restarted: 0,
  refused: 0,
  authenticate: 0,
  held: 0,
  ...facts,
})

test('summarizes a switch: queries finished on the old deployment, restarted and failed, and the added wait', () => {
  const ledger = new SwitchLedger()
  ledger.sample(sample({ p99: 10, failed: 7 }))
  ledger.moment({ at: 1000, kind: 'cut over', strategy: 'green' })
  ledger.sample(sample({ blue: { ended: 40, inFlight: 2, perSecond: 0 }, p99: 14, restarted: 3 }))
  ledger.sample(
    sample({ blue: { ended: 2, inFlight: 0, perSecond: 0 }, green: { ended: 90, inFlight: 0, perSecond: 0 } }),
  )
  expect(ledger.last).toBeUndefined()
  ledger.moment({ at: 3000, kind: 'retired', strategy: 'blue' })
  const told = { from: 'blue', to: 'green', finished: 42, restarted: 3, failed: 0, addedWaitMs: 4 }
  expect(ledger.last).toMatchObject({ ...told, at: 1000, endedAt: 3000 })
})

test('a switch that was rolled back has no summary', () => {
  const ledger = new SwitchLedger()
  ledger.moment({ at: 1, kind: 'cut over', strategy: 'green' })
  ledger.moment({ at: 2, kind: 'rolled back', strategy: 'blue' })
  ledger.moment({ at: 3, kind: 'retired', strategy: 'green' })
  expect(ledger.last).toBeUndefined()
})
