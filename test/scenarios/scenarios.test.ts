import { expect, it } from 'vitest'
import { Stage } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

it('all thirty-six situations are there', () => {
  expect(SCENARIOS.map(({ id }) => id)).toEqual(Array.from({ length: 36 }, (_, index) => index + 1))
})

for (const { id, title, run } of SCENARIOS) {
  it(`${id}. ${title}`, async () => {
    await using stage = new Stage()
    await run(stage)
  }, 60_000)
}
