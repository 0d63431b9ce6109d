import { describe, expect, it } from 'vitest'
import { answerOf } from '../../test/scripted-prober.ts'
import { ConnectError } from '../errors.ts'
import type { Refusal } from './probe-round.ts'
import { answersText, failureOf, nextStep } from './refused-round.ts'

const refusal = (strategy: 'blue' | 'green', kind: Refusal['kind']): Refusal =>
  kind === 'waiting' ? { kind } : (answerOf(strategy, kind) as Refusal)

function stepFor(blue: Refusal['kind'], green: Refusal['kind'], servedLately = false) {
  return nextStep({ blue: refusal('blue', blue), green: refusal('green', green) }, { first: 'blue', servedLately })
}

describe('when neither strategy accepts', () => {
  it('456 from one of them holds the calls, whatever the other one says', () => {
    for (const other of ['mismatch', 'failed', 'silent', 'waiting', 'overloaded'] as const) {
      expect(stepFor('mismatch', other)).toEqual({ kind: 'hold', why: 'refusing' })
      expect(stepFor(other, 'mismatch')).toEqual({ kind: 'hold', why: 'refusing' })
    }
  })

  it('429 is load, and is waited out', () => {
    expect(stepFor('overloaded', 'failed')).toEqual({ kind: 'hold', why: 'refusing' })
  })

  it('a bare 503 from one goes to the caller, who resumes the cluster, also when the other one refuses', () => {
    for (const other of ['mismatch', 'failed', 'waiting'] as const) {
      expect(stepFor('suspended', other)).toMatchObject({ kind: 'fail', error: { message: 'blue suspended' } })
      expect(stepFor(other, 'suspended')).toMatchObject({ kind: 'fail', error: { message: 'green suspended' } })
    }
  })

  it('refused credentials are told at once: a standby that answers 456 is no switch in progress', () => {
    expect(stepFor('unable', 'mismatch')).toMatchObject({ kind: 'fail', error: { message: 'blue unable' } })
    expect(stepFor('failed', 'unable')).toMatchObject({ kind: 'fail', error: { message: 'green unable' } })
  })

  it('a strategy that has not answered yet is waited for when the other one is of no help', () => {
    for (const other of ['unable', 'failed', 'silent', 'waiting'] as const) {
      expect(stepFor('waiting', other)).toEqual({ kind: 'wait' })
    }
  })

  it('two that can not be reached hold calls for a moment if one served lately, and else fail', () => {
    expect(stepFor('failed', 'silent', true)).toEqual({ kind: 'hold', why: 'unreachable' })
    expect(stepFor('failed', 'silent')).toMatchObject({ kind: 'fail', error: { message: 'blue failed' } })
  })

  it('the error is of the first, and tells what each answered where they differ', () => {
    const answers = (blue: string, green: string) => ({
      blue: { kind: 'failed', error: new ConnectError(blue) } as const,
      green: { kind: 'failed', error: new ConnectError(green) } as const,
    })
    expect(failureOf(answers('refused', 'refused'), 'blue')).toMatchObject({ message: 'refused' })
    const told = failureOf(answers('refused', 'reset'), 'blue')
    expect(told).toBeInstanceOf(ConnectError)
    expect(told).toMatchObject({ message: 'refused (blue: refused; green: reset)' })
  })

  it('every answer has its words', () => {
    const answers = { blue: refusal('blue', 'mismatch'), green: refusal('green', 'waiting') }
    expect(answersText(answers)).toBe('blue: does not serve new work; green: no answer yet')
  })
})
