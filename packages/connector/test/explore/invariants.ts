import type { ProbeAnswer } from '../../src/strategy/strategy-prober.ts'
import type { StrategyState } from '../../src/strategy/strategy-state.ts'
import type { Strategy } from '../../src/types/strategy.ts'
import type { Host, Routing, Statement } from './world.ts'

/**
 * What must hold in every state and at every step. Each function returns what is wrong, or nothing.
 */

/**
 * Logins of one process, as one user, while nothing happens in the world: for each of two statements, one by itself and one by
 * detection on each strategy. A strategy that no call is served by is asked again after a pause only.
 */
const MOST_LOGINS = 8

interface Truth {
  readonly ran: Routing['ran']
  readonly isServing: (strategy: Strategy) => boolean
}

/** The state moves by epochs, never back, and never to what has not run a statement while the active strategy serves. */
export function transitionFault(
  before: StrategyState,
  after: StrategyState,
  truth: Truth | undefined,
): string | undefined {
  if (before === after) return undefined
  if (after.epoch < before.epoch)
    return `epoch ${before.epoch} was followed by ${after.epoch}: a change of the state was lost`
  if (after.active === before.active) return undefined
  if (after.epoch === before.epoch)
    return `the active strategy changed within epoch ${after.epoch}: a change of the state was lost`
  if (!truth || before.active === undefined || after.active === undefined) return undefined
  if (truth.ran[after.active] || !truth.isServing(before.active)) return undefined
  return `new work moved to ${after.active}, which has not run a statement yet, while ${before.active} serves`
}

/** A check moves nothing while the probe of the strategy in use comes back. */
export function moveFault(strategy: Strategy, active: ProbeAnswer['kind']): string | undefined {
  const isThere = active === 'accepted' || active === 'overloaded'
  return isThere ? `a suspicion moved work away from ${strategy}, whose probe came back` : undefined
}

/** Where a statement is prepared, and that it still may be. */
export function prepareFault(
  statement: Statement,
  strategy: Strategy,
  { view }: Host,
  { ran, isServing }: Truth,
): string | undefined {
  if (statement.killed === 'told') return `the ${statement.name} was killed, and is prepared again`
  const { active } = view
  if (active === undefined || active === strategy || ran[strategy] || !isServing(active)) return undefined
  const isRefused =
    statement.refusedBy === active || statement.trouble?.refusals.some(({ by }) => by.strategy === active)
  return isRefused ? undefined : `the ${statement.name} went to ${strategy}, which is not ready, while ${active} serves`
}

/** What a program was told is what has happened. */
export function outcomeFault({ name, executions, phase, run, handedOverOf }: Statement): string | undefined {
  if (name === 'write' && executions > 1) return `the write was executed ${executions} times`
  if (phase.kind !== 'done') return undefined
  if (name === 'write' && phase.outcome === 'ok' && executions !== 1)
    return `the write is ok, and was executed ${executions} times`
  const isDenied = phase.outcome === 'failed' || phase.outcome === 'not-sent'
  if (name === 'write' && isDenied && executions > 0)
    return `the write is said to be ${phase.outcome}, and was executed`
  if (phase.outcome === 'ok' && handedOverOf !== undefined && handedOverOf !== run) {
    return `the result has rows of run ${handedOverOf} and of run ${run}`
  }
  return undefined
}

export function loginFault({ logins }: Host): string | undefined {
  return logins > MOST_LOGINS ? `${logins} logins of one process while nothing happened` : undefined
}

/** A statement waits only for something that goes on. */
export function stuckFault({ name, phase }: Statement, { flight, check }: Host): string | undefined {
  if (phase.kind === 'waiting' && !flight) return `the ${name} waits for a strategy, and no process looks for one`
  if (phase.kind === 'checking' && !check) return `the ${name} waits for a check, and there is none`
  return undefined
}
