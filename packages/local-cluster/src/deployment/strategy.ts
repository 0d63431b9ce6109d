/** The names of the two deployments of a cluster. */
export const STRATEGIES = ['blue', 'green'] as const

/** The name of a deployment, as the `strategy` request header spells it. */
export type Strategy = (typeof STRATEGIES)[number]

export function otherStrategy(strategy: Strategy): Strategy {
  return strategy === 'blue' ? 'green' : 'blue'
}

export function isStrategy(value: unknown): value is Strategy {
  return STRATEGIES.some((strategy) => strategy === value)
}
