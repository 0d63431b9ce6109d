import { E6dataError, toldToWaiter } from '../errors.ts'
import { otherStrategy, STRATEGIES, type Strategy } from '../types/strategy.ts'
import type { Refusal } from './probe-round.ts'

export type RefusedAnswers = Readonly<Record<Strategy, Refusal>>

/** What is known beside the answers. */
export interface RoundFacts {
  /** Whose answer weighs more when there is nothing left but to fail. */
  readonly first: Strategy
  /** Whether a strategy served within the last 30 s: one that can't be reached now may be reached again soon. */
  readonly servedLately: boolean
}

/** What to do when neither strategy accepted (rule 5). */
export type NextStep =
  /** `refusing`: a deployment is there, and a switch may be in progress. `unreachable`: nobody answers, for a moment maybe. */
  | { readonly kind: 'hold'; readonly why: 'refusing' | 'unreachable' }
  /** A strategy has not answered yet, and the other one is of no help. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'fail'; readonly error: unknown }

export function nextStep(answers: RefusedAnswers, { first, servedLately }: RoundFacts): NextStep {
  const all = [answers[first], answers[otherStrategy(first)]] as const
  const suspended = all.find(({ kind }) => kind === 'suspended')
  // Whoever called resumes the cluster, once for all, and asks again.
  if (suspended?.kind === 'suspended') return { kind: 'fail', error: suspended.error }
  if (all.some(({ kind }) => kind === 'waiting') && !all.some(isPresent)) return { kind: 'wait' }
  // Wrong credentials where work is served, 456 on the standby: what every mistyped password meets, and no wait helps.
  const unable = all.find(({ kind }) => kind === 'unable')
  if (unable?.kind === 'unable') return { kind: 'fail', error: unable.error }
  if (all.some(isPresent)) return { kind: 'hold', why: 'refusing' }
  if (servedLately) return { kind: 'hold', why: 'unreachable' }
  return { kind: 'fail', error: failureOf(answers, first) }
}

/** Whether it is there, and may accept later. */
function isPresent({ kind }: Refusal): boolean {
  return kind === 'mismatch' || kind === 'overloaded'
}

/** The error of the first strategy, which tells as well what the other one answered where that is something else. */
export function failureOf(answers: RefusedAnswers, first: Strategy): unknown {
  const [own, other] = [answers[first], answers[otherStrategy(first)]]
  const error = 'error' in own ? own.error : 'error' in other ? other.error : undefined
  if (!(error instanceof E6dataError)) return error
  const told = toldToWaiter(error) as E6dataError
  if (messageOf(own) !== messageOf(other)) told.message = `${told.message} (${answersText(answers)})`
  return told
}

/** What each strategy answered, for an error message. */
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
