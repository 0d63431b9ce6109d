import { expect, test } from 'vitest'
import {
  accept,
  announce,
  announcementOf,
  cutOver,
  type DeploymentState,
  DeploymentStepError,
  retire,
  rollBack,
} from './deployment-state.ts'

const stable: DeploymentState = { kind: 'stable', active: 'blue' }
const announced = announce(stable, 'green', false)
const cut = cutOver(announced, true)

test('a switch goes from one deployment to the other', () => {
  expect(announced).toEqual({ kind: 'announced', active: 'blue', next: 'green', accepting: false })
  expect(accept(announced, 'green')).toEqual({ kind: 'announced', active: 'blue', next: 'green', accepting: true })
  expect(cut).toEqual({ kind: 'cut-over', active: 'green', draining: 'blue', accepting: true })
  expect(retire(cut, 'blue')).toEqual({ kind: 'stable', active: 'green' })
})

test('a switch can be rolled back before and after its cut-over', () => {
  expect(rollBack(announced)).toEqual({ kind: 'rolled-back', active: 'blue', draining: 'green' })
  expect(rollBack(cut)).toEqual({ kind: 'rolled-back', active: 'blue', draining: 'green' })
  expect(retire(rollBack(cut), 'green')).toEqual(stable)
  expect(announce(rollBack(cut), 'green', true).kind).toBe('announced')
})

test('a cut-over needs no announcement, and no accepting deployment', () => {
  const blind = cutOver(stable, false)
  expect(blind).toEqual({ kind: 'cut-over', active: 'green', draining: 'blue', accepting: false })
  expect(accept(blind, 'green')).toMatchObject({ accepting: true })
})

test.each([
  ['announce blue', () => announce(stable, 'blue', true)],
  ['announce green', () => announce(cut, 'green', true)],
  ['accept on green', () => accept(stable, 'green')],
  ['accept on blue', () => accept(announced, 'blue')],
  ['cut over', () => cutOver(cut, true)],
  ['retire blue', () => retire(announced, 'blue')],
  ['retire green', () => retire(cut, 'green')],
  ['roll back', () => rollBack(stable)],
])('a step out of order is refused: %s', (step, take) => {
  expect(take).toThrow(DeploymentStepError)
  expect(take).toThrow(step)
})

test('only the old deployment announces the new one, and both announce a withdrawal', () => {
  const says = (state: DeploymentState) => [announcementOf(state, 'blue'), announcementOf(state, 'green')]
  expect(says(stable)).toEqual([undefined, undefined])
  expect(says(announced)).toEqual(['green', undefined])
  expect(says(cut)).toEqual(['green', undefined])
  expect(says(rollBack(announced))).toEqual(['blue', 'blue'])
  expect(says(retire(cut, 'blue'))).toEqual([undefined, undefined])
})
