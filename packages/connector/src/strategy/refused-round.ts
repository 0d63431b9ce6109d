import { cloneForWaiter, E6dataError } from '../errors.ts'
import { otherStrategy, STRATEGIES, type Strategy } from '../types/strategy.ts'
import type { Refusal } from './probe-round.ts'

export type RefusedAnswers = Readonly<Record<Strategy, Refusal>>

/** The facts that matter in addition to the answers. */
export interface RoundFacts {
  /** The strategy whose answer has priority in the final error. */
  readonly first: Strategy
  /** Whether a strategy served within the last 30 s: an outage since then may be brief. */
  readonly servedLately: boolean
}

/** The next step when neither strategy accepted (rule 5). */
export type NextStep =
  /**
   * `refusing`: a deployment exists, and a switch may be in progress. `unreachable`: no deployment answers, perhaps
   * briefly.
   */
  | { readonly kind: 'hold'; readonly why: 'refusing' | 'unreachable' }
  /** A strategy has not answered yet, and the other one cannot serve. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'fail'; readonly error: unknown }

export function nextStep(answers: RefusedAnswers, { first, servedLately }: RoundFacts): NextStep {
  const all = [answers[first], answers[otherStrategy(first)]] as const
  const suspended = all.find(({ kind }) => kind === 'suspended')
  // The caller resumes the cluster, once for all calls, and asks again.
  if (suspended?.kind === 'suspended') return { kind: 'fail', error: suspended.error }
  if (all.some(({ kind }) => kind === 'waiting') && !all.some(isPresent)) return { kind: 'wait' }
  // Wrong credentials on the active strategy and a 456 on the standby: the effect of any mistyped password. Waiting
  // does not help.
  const unable = all.find(({ kind }) => kind === 'unable')
  if (unable?.kind === 'unable') return { kind: 'fail', error: unable.error }
  if (all.some(isPresent)) return { kind: 'hold', why: 'refusing' }
  if (servedLately) return { kind: 'hold', why: 'unreachable' }
  return { kind: 'fail', error: failureOf(answers, first) }
}

/** Returns whether the deployment exists and may accept later. */
function isPresent({ kind }: Refusal): boolean {
  return kind === 'mismatch' || kind === 'overloaded'
}

/** Returns the error of the first strategy, with the other one's answer if that differs. */
export function failureOf(answers: RefusedAnswers, first: Strategy): unknown {
  const [own, other] = [answers[first], answers[otherStrategy(first)]]
  const error = 'error' in own ? own.error : 'error' in other ? other.error : undefined
  if (!(error instanceof E6dataError)) return error
  const told = cloneForWaiter(error) as E6dataError
  if (messageOf(own) !== messageOf(other)) told.message = `${told.message} (${answersText(answers)})`
  return told
}

/** Describes each strategy's answer for an error message. */
export function answersText(answers: RefusedAnswers): string {
  return STRATEGIES.map((strategy) => `${strategy}: ${messageOf(answers[strategy])}`).join('; ')
}

function messageOf(answer: Refusal): string {
  switch (answer.kind) {
    case 'mismatch':
      return 'does not serve new work'
    case 'waiting':
      return 'no answer yet'
    case 'suspended':
    case 'overloaded':
    case 'failed':
    case 'silent':
    case 'unable':
      return answer.error instanceof Error ? answer.error.message : String(answer.error)
    default:
      return answer satisfies never
  }
}
