/** The name of a deployment, as the `strategy` request header spells it. */
export type Strategy = 'blue' | 'green'

/** The two deployments of a cluster that stand side by side. */
export const STRATEGIES = ['blue', 'green'] as const satisfies readonly Strategy[]

/** Longest text worth reading as a strategy; anything longer is noise and is not scanned. */
const LONGEST_STRATEGY_TEXT = 16

/**
 * Reads a strategy in any case, with white space around it tolerated.
 * @returns the strategy in lower case, or `undefined` for anything that is not blue or green.
 */
export function parseStrategy(value: unknown): Strategy | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_STRATEGY_TEXT) return undefined
  const normalized = value.trim().toLowerCase()
  return STRATEGIES.find((strategy) => strategy === normalized)
}

export function otherStrategy(strategy: Strategy): Strategy {
  return strategy === 'blue' ? 'green' : 'blue'
}
