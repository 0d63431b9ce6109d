import type { StrategyManager } from '../strategy/strategy-manager.ts'
import type { Login } from './login.ts'

/**
 * A login whose answer may announce a strategy, like any other (rule 3). While no strategy is known, nobody may announce
 * anything yet: what detection is told by the one that it finds, it passes on itself.
 */
export function withAnnouncements(login: Login, manager: StrategyManager): Login {
  return async (strategy, deadline, options) => {
    const { epoch } = manager
    const answer = await login(strategy, deadline, options)
    if (manager.current()) manager.loggedIn({ strategy, epoch }, answer.announced)
    return answer
  }
}
