/** A strategy: the value of the `strategy` request header, which names one of a cluster's two deployments. */
export type Strategy = 'blue' | 'green'

/** The strategies of the two deployments of a cluster. */
export const STRATEGIES = ['blue', 'green'] as const satisfies readonly Strategy[]

/** The maximum length of a string to parse as a strategy; longer ones are not scanned. */
const LONGEST_STRATEGY_TEXT = 16

/**
 * Parses a strategy in any case, with optional white space around it.
 * @returns the strategy in lower case, or `undefined` for anything other than blue or green.
 */
export function parseStrategy(value: unknown): Strategy | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_STRATEGY_TEXT) return undefined
  const normalized = value.trim().toLowerCase()
  return STRATEGIES.find((strategy) => strategy === normalized)
}

export function otherStrategy(strategy: Strategy): Strategy {
  return strategy === 'blue' ? 'green' : 'blue'
}
