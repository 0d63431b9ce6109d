import { expect, it } from 'vitest'
import { play } from './scenario.ts'
import { NOT_WRITTEN_YET, SCENARIOS } from './scenarios.ts'

it('all sixty-six situations are there', () => {
  const ids = [...SCENARIOS.map(({ id }) => id), ...NOT_WRITTEN_YET].sort((one, other) => one - other)
  expect(ids).toEqual(Array.from({ length: 66 }, (_, index) => index + 1))
})

for (const scenario of SCENARIOS) {
  it(`${scenario.id}. ${scenario.title}`, async () => {
    await play(scenario)
  }, 90_000)
}
