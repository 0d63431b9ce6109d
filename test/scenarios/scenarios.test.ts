import { expect, it } from 'vitest'
import { play } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

/** Situation 61 moves three proxies in three ways. */
const TIMEOUT_MS = 180_000

it('all sixty-six situations are there', () => {
  const ids = SCENARIOS.map(({ id }) => id)
  expect(ids).toEqual(Array.from({ length: 66 }, (_, index) => index + 1))
})

for (const scenario of SCENARIOS) {
  it(
    `${scenario.id}. ${scenario.title}`,
    async () => {
      await play(scenario)
    },
    TIMEOUT_MS,
  )
}
