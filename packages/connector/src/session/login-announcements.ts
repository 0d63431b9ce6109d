import type { StrategyManager } from '../strategy/strategy-manager.ts'
import type { Login } from './login.ts'

/**
 * Wraps a login whose answer may announce a strategy, like any other (rule 3). While no strategy is known, the
 * announcement is ignored here: detection passes on the announcement of the strategy that it finds.
 */
export function withAnnouncements(login: Login, manager: StrategyManager): Login {
  return async (strategy, deadline, options) => {
    const { epoch } = manager
    const answer = await login(strategy, deadline, options)
    if (manager.current()) manager.loggedIn({ strategy, epoch }, answer.announced)
    return answer
  }
}
