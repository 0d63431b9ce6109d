/**
 * A process or thread that shares a strategy with others and follows a test's requests. A request is
 * `{ id, ask, with }`, its answer `{ id, answer }`; unsolicited reports are `{ news }`.
 */
import { isMainThread, parentPort } from 'node:worker_threads'
import { openSharedStore } from '../../src/strategy/shared-store.ts'
import { StrategyManager } from '../../src/strategy/strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from '../../src/strategy/strategy-state.ts'
import type { StrategyStore } from '../../src/strategy/strategy-store.ts'
import { systemClock } from '../../src/time/clock.ts'
import type { Strategy } from '../../src/types/strategy.ts'

export interface PeerSettings {
  directory: string
  key: string
  leaseMs?: number
  retryMs?: number
}

/** The requests that a peer accepts. */
export type PeerProgram = ReturnType<typeof peerOf>

function peerOf(settings: PeerSettings) {
  const store: StrategyStore = openSharedStore({
    ...settings,
    initial: initialStrategyState(DEFAULT_STRATEGY_LIMITS),
    clock: systemClock,
  })
  const manager = new StrategyManager({ store })
  manager.events.on('strategy:swept', ({ queryId }) => say({ news: 'swept', queryId }))
  return {
    strategy: () => manager.getSharedStrategy(),
    counts: () => manager.inspect().counts,
    tokens: () => store.read().budget.tokens,
    refresh: () => store.refresh(),
    /** Answers with the host's monotonic time just before. */
    set: ({ strategy }: { strategy: Strategy }) => {
      const at = systemClock.now()
      manager.setActiveStrategy(strategy)
      return at
    },
    clear: () => manager.clearStrategyCache(),
    detected: ({ strategy, epoch }: { strategy: Strategy; epoch: number }) => manager.detected(strategy, epoch),
    /** Increments a number of the state this many times; each increment must be published. */
    count: ({ times }: { times: number }) => {
      for (let i = 0; i < times; i++) store.update(addToken)
    },
    register: ({ queryId, strategy }: { queryId: string; strategy: Strategy }) =>
      manager.registerQueryStrategy(queryId, strategy, '10.0.0.7'),
    pin: ({ queryId }: { queryId: string }) => manager.queryPin(queryId),
    cleanup: ({ queryId }: { queryId: string }) => manager.cleanupQueryStrategy(queryId),
    close: () => manager.close(),
    /** Answers when this peer knows the strategy on its own, with the host's monotonic time of that moment. */
    knows: async ({ strategy }: { strategy: Strategy }) => {
      while (manager.getActiveStrategy() !== strategy) {
        await new Promise<void>((resolve) => {
          const stop = store.onChange(() => {
            stop()
            resolve()
          })
        })
      }
      return systemClock.now()
    },
  }
}

function addToken(state: ReturnType<StrategyStore['read']>) {
  return { ...state, budget: { ...state.budget, tokens: state.budget.tokens + 1 } }
}

function say(message: object): void {
  if (isMainThread) process.send?.(message)
  else parentPort?.postMessage(message)
}

let peer: PeerProgram | undefined

async function answer({ id, ask, with: facts }: { id: number; ask: string; with: unknown }): Promise<void> {
  if (ask === 'open') peer = peerOf(facts as PeerSettings)
  // Closes the test's channel, so that only the store could keep this process alive.
  else if (ask === 'disconnect') process.disconnect()
  const perform = peer?.[ask as keyof PeerProgram] as ((facts: unknown) => unknown) | undefined
  const given = await perform?.(facts)
  if (process.connected || !isMainThread) say({ id, answer: given })
}

const listener = (message: Parameters<typeof answer>[0]) => void answer(message)
if (isMainThread) process.on('message', listener)
else parentPort?.on('message', listener)
say({ news: 'started' })
