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
  it('a 456 from one of them holds the calls, whatever the other one answers', () => {
    for (const other of ['mismatch', 'failed', 'silent', 'waiting', 'overloaded'] as const) {
      expect(stepFor('mismatch', other)).toEqual({ kind: 'hold', why: 'refusing' })
      expect(stepFor(other, 'mismatch')).toEqual({ kind: 'hold', why: 'refusing' })
    }
  })

  it('a 429 means load, and the calls wait', () => {
    expect(stepFor('overloaded', 'failed')).toEqual({ kind: 'hold', why: 'refusing' })
  })

  it('a bare 503 from one goes to the caller, which resumes the cluster, even when the other one refuses', () => {
    for (const other of ['mismatch', 'failed', 'waiting'] as const) {
      expect(stepFor('suspended', other)).toMatchObject({ kind: 'fail', error: { message: 'blue suspended' } })
      expect(stepFor(other, 'suspended')).toMatchObject({ kind: 'fail', error: { message: 'green suspended' } })
    }
  })

  it('refused credentials fail at once: a standby that answers 456 is not a switch in progress', () => {
    expect(stepFor('unable', 'mismatch')).toMatchObject({ kind: 'fail', error: { message: 'blue unable' } })
    expect(stepFor('failed', 'unable')).toMatchObject({ kind: 'fail', error: { message: 'green unable' } })
  })

  it('a strategy without an answer is awaited when the other one cannot serve', () => {
    for (const other of ['unable', 'failed', 'silent', 'waiting'] as const) {
      expect(stepFor('waiting', other)).toEqual({ kind: 'wait' })
    }
  })

  it('two unreachable ones hold calls briefly if one served recently, and otherwise fail', () => {
    expect(stepFor('failed', 'silent', true)).toEqual({ kind: 'hold', why: 'unreachable' })
    expect(stepFor('failed', 'silent')).toMatchObject({ kind: 'fail', error: { message: 'blue failed' } })
  })

  it('the error is that of the first, and includes both answers if they differ', () => {
    const answers = (blue: string, green: string) => ({
      blue: { kind: 'failed', error: new ConnectError(blue) } as const,
      green: { kind: 'failed', error: new ConnectError(green) } as const,
    })
    expect(failureOf(answers('refused', 'refused'), 'blue')).toMatchObject({ message: 'refused' })
    const told = failureOf(answers('refused', 'reset'), 'blue')
    expect(told).toBeInstanceOf(ConnectError)
    expect(told).toMatchObject({ message: 'refused (blue: refused; green: reset)' })
  })

  it('every answer has a description', () => {
    const answers = { blue: refusal('blue', 'mismatch'), green: refusal('green', 'waiting') }
    expect(answersText(answers)).toBe('blue: does not serve new work; green: no answer yet')
  })
})
