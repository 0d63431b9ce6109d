/** A seed that once failed, and what it found. */
export interface FailedSeed {
  readonly seed: number
  readonly switches: number
  readonly queriesPerSwitch: number
  readonly found: string
}

/**
 * Every seed of a run that ever failed. A seed draws something else once the drawing is changed, so what each of them
 * found is kept as a schedule too, cut down to what it needs, in `histories/`.
 */
export const FAILED_SEEDS: readonly FailedSeed[] = [
  {
    ...{ seed: 2483758391, switches: 5, queriesPerSwitch: 1000 },
    found: 'calls were held on after prewarming had been accepted',
  },
  {
    ...{ seed: 3866905759, switches: 5, queriesPerSwitch: 100 },
    found: 'questions about a strategy that nobody had confirmed for long were counted as detections',
  },
  {
    ...{ seed: 2035353688, switches: 5, queriesPerSwitch: 100 },
    found: 'a strategy that had answered right after the switch counted as one that takes no work',
  },
  {
    ...{ seed: 1932571636, switches: 5, queriesPerSwitch: 100 },
    found: 'a call was held for too long by a login whose request was lost',
  },
  {
    ...{ seed: 2537016092, switches: 5, queriesPerSwitch: 100 },
    found: 'detections were counted over several deployments that were taken back',
  },
  {
    ...{ seed: 829933835, switches: 5, queriesPerSwitch: 100 },
    found: 'one login that hung used up all the time for which a call was held',
  },
  {
    ...{ seed: 2706137569, switches: 5, queriesPerSwitch: 100 },
    found: 'a strategy that nobody had confirmed for long was taken for none',
  },
  {
    ...{ seed: 749498379, switches: 5, queriesPerSwitch: 100 },
    found: 'the login by which a strategy is confirmed was one too many',
  },
]
