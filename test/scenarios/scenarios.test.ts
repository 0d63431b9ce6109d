import { describe, expect, it } from 'vitest'
import { play, type Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

/** Situation 61 moves three proxies in three ways. */
const TIMEOUT_MS = 180_000

it('all sixty-six situations are there', () => {
  const ids = SCENARIOS.map(({ id }) => id)
  expect(ids).toEqual(Array.from({ length: 66 }, (_, index) => index + 1))
})

describe.concurrent('situations that mostly wait', () => {
  it.each(titled(true))('%s', async (_, scenario) => void (await play(scenario)), TIMEOUT_MS)
})

describe('situations', () => {
  it.each(titled(false))('%s', async (_, scenario) => void (await play(scenario)), TIMEOUT_MS)
})

function titled(mostlyWaits: boolean): [title: string, scenario: Scenario][] {
  const chosen = SCENARIOS.filter((it) => (it.mostlyWaits ?? false) === mostlyWaits)
  return chosen.map((scenario) => [`${scenario.id}. ${scenario.title}`, scenario])
}
