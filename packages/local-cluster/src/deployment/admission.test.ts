import { queryEngine } from 'e6data-connector/wire'
import { expect, test } from 'vitest'
import { admit, workOf } from './admission.ts'
import type { DeploymentState } from './deployment-state.ts'

const STATES = {
  stable: { kind: 'stable', active: 'blue' },
  'announced, not accepting': { kind: 'announced', active: 'blue', next: 'green', accepting: false },
  'announced, accepting': { kind: 'announced', active: 'blue', next: 'green', accepting: true },
  'cut over': { kind: 'cut-over', active: 'green', draining: 'blue', accepting: true },
  'cut over, not accepting': { kind: 'cut-over', active: 'green', draining: 'blue', accepting: false },
  'rolled back': { kind: 'rolled-back', active: 'blue', draining: 'green' },
} as const satisfies Record<string, DeploymentState>

// Each row: the state, then the answers to new and running work on blue, new and running work on green, and new work
// without a header.
test.each<[keyof typeof STATES, string]>([
  ['stable', 'blue blue 456 456 blue'],
  ['announced, not accepting', 'blue blue 456 456 blue'],
  ['announced, accepting', 'blue blue green green blue'],
  ['cut over', '456 blue green green green'],
  ['cut over, not accepting', '456 blue 456 456 456'],
  ['rolled back', 'blue blue 456 green blue'],
])('%s: %s', (name, expected) => {
  const state = STATES[name]
  const ask = (strategy: string | undefined, work: 'new' | 'running') => {
    const admission = admit(strategy, work, state, 'active')
    return 'to' in admission ? admission.to : '456'
  }
  const answers = [
    ask('blue', 'new'),
    ask('blue', 'running'),
    ask('green', 'new'),
    ask('green', 'running'),
    ask(undefined, 'new'),
  ]
  expect(answers.join(' ')).toBe(expected)
})

test.each(['BLUE', 'Blue', 'purple', ''])('the header value %j belongs to no deployment', (strategy) => {
  expect(admit(strategy, 'new', STATES.stable, 'active')).toEqual({ refused: 'wrong strategy' })
})

test.each(['suspended', 'resuming'] as const)(
  'a cluster that is %s refuses all work on every strategy',
  (availability) => {
    expect(admit('blue', 'running', STATES.stable, availability)).toEqual({ refused: 'not available' })
    expect(admit('purple', 'new', STATES.stable, availability)).toEqual({ refused: 'not available' })
  },
)

test('a call about a query is running work, every other call is new work', () => {
  const methods = Object.entries(queryEngine.QueryEngineService.method)
  const namesQuery = methods.filter(([, { input }]) =>
    input.fields.some(({ name }) => name === 'queryId' || name === 'originalQueryId'),
  )
  const running = methods.map(([name]) => name).filter((name) => workOf(name) === 'running')
  const expected = namesQuery.map(([name]) => name).filter((name) => name !== 'syncSchemas')
  expect(running.sort()).toEqual([...expected, 'dropUserContext'].sort())
})
