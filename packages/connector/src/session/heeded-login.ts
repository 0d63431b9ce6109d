import type { StrategyManager } from '../strategy/strategy-manager.ts'
import type { Login } from './login.ts'

/**
 * A login whose answer is news like any other: it confirms the strategy, and may announce the next one (rule 3). While no
 * strategy is known, nobody may announce anything yet: what detection is told by the one that it finds, it passes on itself.
 */
export function heededLogin(login: Login, manager: StrategyManager): Login {
  return async (strategy, deadline) => {
    const { epoch } = manager
    const answer = await login(strategy, deadline)
    if (manager.current()) manager.accepted({ strategy, epoch }, answer.announced)
    return answer
  }
}
