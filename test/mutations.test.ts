import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { mutate, RULES } from './mutations/mutation.ts'
import { MUTATIONS } from './mutations/mutation-table.ts'

const fromRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** Whether each is noticed is for `npm run mutations` to show, which runs the tests once for each of them. */
describe('the list of deliberate defects', () => {
  it('breaks every rule at least once', () => {
    expect(RULES.filter((rule) => !MUTATIONS.some((mutation) => mutation.rule === rule))).toEqual([])
  })

  it('names no two alike', () => {
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length)
  })

  for (const mutation of MUTATIONS) {
    it(`still finds its place: ${mutation.name}`, () => {
      const source = readFileSync(fromRoot(mutation.file), 'utf8')
      expect(mutate(source, mutation)).not.toBe(source)
      expect(mutation.tests.filter((test) => !existsSync(fromRoot(test)))).toEqual([])
    })
  }
})
