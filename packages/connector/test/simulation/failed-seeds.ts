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
export const FAILED_SEEDS: readonly FailedSeed[] = []
