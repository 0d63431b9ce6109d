import { GRPC_STATUS } from '../../src/transport/grpc-status.ts'
import type { FailedAnswer } from '../../src/transport/status-rules.ts'
import { STRATEGIES, type Strategy } from '../../src/types/strategy.ts'
import { type Mode, PHASES } from './phases.ts'
import type { CallName, Routing } from './world.ts'

/** How a call may end on the side of the server. */
export interface ServedCall {
  /** Told in a story. */
  readonly how: string
  /** What goes back; nothing when it is a message. */
  readonly failure: FailedAnswer | undefined
  /** Whether an engine did what it was asked for. */
  readonly isDone: boolean
  readonly isFault: boolean
  /** Whether a proxy answered by what was so before. */
  readonly isOutdated: boolean
}

const MISMATCH: FailedAnswer = { kind: 'bare', httpStatus: 456 }
const UNAVAILABLE: FailedAnswer = { kind: 'status', code: GRPC_STATUS.UNAVAILABLE, message: 'not now' }
const DENIED: FailedAnswer = { kind: 'status', code: GRPC_STATUS.INTERNAL, message: 'Access denied' }
const CANCELLED: FailedAnswer = { kind: 'status', code: GRPC_STATUS.CANCELLED, message: 'killed' }
const BAD_GATEWAY: FailedAnswer = { kind: 'bare', httpStatus: 502 }
const SUSPENDED: FailedAnswer = { kind: 'bare', httpStatus: 503 }
const LOST: FailedAnswer = { kind: 'lost', cause: 'connection-lost', processed: 'unknown', reason: 'reset' }
const NOT_SENT: FailedAnswer = { kind: 'lost', cause: 'not-connected', processed: 'no', reason: 'refused' }

/** Faults that may meet any call, whatever its deployment does. */
const FAULTS: readonly { readonly how: string; readonly failure: FailedAnswer; readonly isDone: boolean }[] = [
  { how: 'a proxy refuses it with 456', failure: MISMATCH, isDone: false },
  { how: 'it is not handed over', failure: NOT_SENT, isDone: false },
  { how: 'the answer is lost', failure: LOST, isDone: true },
  { how: 'a gateway answers 503 after the engine has done it', failure: SUSPENDED, isDone: true },
  { how: 'the engine answers UNAVAILABLE', failure: UNAVAILABLE, isDone: false },
]

export interface ServerFacts {
  readonly isForgottenSession: boolean
  readonly isKilled: boolean
}

/** All ways in which a call to a strategy may end now. */
export function waysToServe(
  call: CallName,
  strategy: Strategy,
  { routing, faults }: { routing: Routing; faults: number },
  facts: ServerFacts,
): ServedCall[] {
  const regular = visiblePhases(routing).map(({ phase, isOutdated }) => {
    const proxyMode = PHASES[phase].modes[strategy]
    return { ...passedOn(call, proxyMode, PHASES[routing.phase].modes[strategy], facts), isOutdated, isFault: false }
  })
  const faulty = faults > 0 ? FAULTS.map((fault) => ({ ...fault, isFault: true, isOutdated: false })) : []
  return [...regular, ...faulty]
}

/** Whether a strategy takes every statement now, whichever proxy is met. */
export function servesEverywhere(strategy: Strategy, { phase, previous, behind }: Routing): boolean {
  const serves = (name: keyof typeof PHASES) => PHASES[name].modes[strategy] === 'serving'
  return serves(phase) && (behind === 0 || serves(previous))
}

/** Whether some strategy takes every statement once all proxies have learnt how it is. */
export function isServed({ phase }: Routing): boolean {
  return STRATEGIES.some((strategy) => PHASES[phase].modes[strategy] === 'serving')
}

function visiblePhases({ phase, previous, behind, proxies }: Routing) {
  return [
    ...(behind < proxies ? [{ phase, isOutdated: false }] : []),
    ...(behind > 0 ? [{ phase: previous, isOutdated: true }] : []),
  ]
}

type Passed = Pick<ServedCall, 'how' | 'failure' | 'isDone'>

const refuses = (how: string, failure: FailedAnswer): Passed => ({ how, failure, isDone: false })

function passedOn(call: CallName, proxyMode: Mode, mode: Mode, facts: ServerFacts): Passed {
  const isNewWork = call === 'login' || call === 'prepare'
  if (proxyMode === 'gone' || (proxyMode === 'draining' && isNewWork))
    return refuses('it is refused with 456', MISMATCH)
  switch (mode) {
    case 'gone':
      return refuses('a proxy finds no engine there and answers 502', BAD_GATEWAY)
    case 'failing':
      return refuses('the engine is failing: UNAVAILABLE', UNAVAILABLE)
    case 'starting':
      return call === 'login' ? DONE : refuses('the engine is starting: UNAVAILABLE', UNAVAILABLE)
    case 'denying':
      return call === 'login' ? DONE : refuses('the engine knows no session', DENIED)
    case 'draining':
    case 'serving':
      if (call !== 'login' && facts.isForgottenSession) return refuses('the engine does not know the session', DENIED)
      if (facts.isKilled && !isNewWork) return refuses('the engine says it was cancelled', CANCELLED)
      return DONE
    default:
      return mode satisfies never
  }
}

const DONE: Passed = { how: 'it is served', failure: undefined, isDone: true }
